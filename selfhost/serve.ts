import { setTimeout } from 'node:timers/promises';
import packageJson from '../package.json' with { type: 'json' };
import { parseSettings } from '../src/settings.ts';
import { parseCommandLine } from './commandLine.ts';
import { descriptorLimit } from './launch.ts';
import { isLoopbackHost } from './listenAddress.ts';
import { type Options, readOptions } from './readOptions.ts';
import { settingsFrom, startServer } from './startServer.ts';
import { readWranglerConfig } from './workerdConfig.ts';

/** Peers use two descriptors each, and by default a realm is open to 5,000. */
const FEW_DESCRIPTORS = 10_000;

/** Milliseconds before a workerd that has ended by itself is started again. */
const RESTART_MS = 1000;

/** In what one way of starting the server differs from another. */
export interface Program {
  /** What a person types to run it. */
  readonly name: string;
  /** Where it listens if no flag says so: `name` is the variable that said it, if it was one. */
  readonly host: { readonly address: string; readonly name: string };
  /** The folder of a Worker bundled before. By default it is bundled now, if it has changed. */
  readonly bundle?: string;
  /** What is printed once it listens. */
  greeting(options: Options, port: number): string;
}

/**
 * Runs the server as a program in the foreground: until Ctrl-C or SIGTERM, or until it cannot. What
 * is wrong is printed as a sentence.
 */
export async function serve({ name, host, bundle, greeting }: Program): Promise<void> {
  try {
    const flags = parseCommandLine(process.argv.slice(2), {
      name,
      version: packageJson.version,
      defaultHost: host.address,
    });
    const options = await readOptions(flags, process.env, host);
    const start = (port: number) =>
      startServer({ ...options, port, ...(bundle === undefined ? {} : { bundle }) });
    let server = await start(options.port);
    const { port } = server;
    await warnIfOpen(options);
    warnIfFewDescriptors();

    const stopping = new AbortController();
    const stop = () => {
      if (stopping.signal.aborted) return;
      stopping.abort();
      void server.stop();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
    if (['start', 'npx'].includes(process.env.npm_lifecycle_event ?? '')) onParentGone(stop);

    console.log(greeting(options, port));

    for (;;) {
      const { code, signal } = await server.ended;
      if (stopping.signal.aborted) return;
      if (signal !== null) throw new Error(`The server was ended by ${signal}.`);
      // workerd ends by itself when it runs out of file descriptors: accept() fails for good.
      console.error(`workerd ended by itself (code ${code}). It is started again.`);
      await setTimeout(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      server = await start(port);
      // A signal that came meanwhile has stopped the one before.
      if (stopping.signal.aborted) await server.stop();
    }
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** Says what strangers may read where nobody has said that they may not. */
async function warnIfOpen({ host, environment }: Options): Promise<void> {
  const settings = settingsFrom(await readWranglerConfig(), environment);
  const { adminToken, hasMetrics, hasPublicMetrics } = parseSettings(settings);
  if (isLoopbackHost(host) || adminToken !== '' || !hasMetrics || hasPublicMetrics) return;
  console.warn(
    `Whoever reaches this server on ${host} may read how busy it is, at /metrics and /dashboard: set ADMIN_TOKEN, or PUBLIC_METRICS=true if they may.`,
  );
}

function warnIfFewDescriptors(): void {
  const limit = descriptorLimit();
  if (limit >= FEW_DESCRIPTORS) return;
  console.warn(
    `The limit of file descriptors is ${limit}, and each peer takes two: raise it with ulimit -n, or LimitNOFILE in systemd.`,
  );
}

/**
 * npm passes a SIGTERM on to the shell between it and us, which ends without telling us. Its end is
 * seen by our having another parent.
 */
function onParentGone(stop: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), 200).unref();
}
