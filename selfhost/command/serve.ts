import packageJson from '../../package.json' with { type: 'json' };
import { parseEnvironment } from '../../src/settings.ts';
import { parseCommandLine } from './commandLine.ts';
import { isLoopbackHost } from './listenAddress.ts';
import { type Options, readOptions } from './readOptions.ts';

/** A running server. */
export interface Served {
  readonly port: number;
  /** Resolves when it has been stopped, and rejects if it ends otherwise. */
  readonly ended: Promise<void>;
  /** Closes all sockets, so that their peers reconnect, and ends. */
  stop(): void;
}

/** Milliseconds for what reads the log to take the rest of it, once the server has ended. */
const LAST_LINES_MS = 1000;

/** What differs between the ways to start the server. */
interface Program {
  /** What a person types to run it. */
  readonly name: string;
  /** Where it listens if no flag says so: `name` is the variable that said it, if it was one. */
  readonly host: { readonly address: string; readonly name: string };
  /** The settings and what else is read from an environment. By default that of the process. */
  environment?(): Promise<Options['environment']>;
  start(options: Options): Promise<Served>;
  /** What is printed once it listens. */
  greeting(options: Options, port: number): string;
}

/**
 * Runs the server as a program in the foreground, until Ctrl-C, SIGTERM or an error. The error is printed
 * as a sentence.
 */
export async function serve({
  name,
  host,
  environment = async () => process.env,
  start,
  greeting,
}: Program): Promise<void> {
  // A full disk, or the end of what reads the log, must not end the games of all players. Node would end
  // the process at the next line; so it writes again once there is space.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  try {
    const flags = parseCommandLine(process.argv.slice(2), {
      name,
      version: packageJson.version,
      defaultHost: host.address,
    });
    const options = await readOptions(flags, await environment(), host);
    const server = await start(options);
    warnIfOpen(options);

    const stop = () => server.stop();
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
    if (/^(start|npx)/.test(process.env.npm_lifecycle_event ?? '')) onParentGone(stop);

    console.log(greeting(options, server.port));
    await server.ended;
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    endWithoutReader();
  }
}

/**
 * What reads the log may have stopped reading, as a program behind a pipe may: what is left to write would
 * hold this process for ever.
 */
function endWithoutReader(): void {
  const outputs = [process.stdout, process.stderr];
  if (outputs.every(({ writableLength }) => writableLength === 0)) return;
  setTimeout(() => process.exit(), LAST_LINES_MS).unref();
}

/** Says what strangers may read if no ADMIN_TOKEN is set. */
function warnIfOpen({ host, environment }: Options): void {
  const { adminToken, hasMetrics, hasPublicMetrics } = parseEnvironment(environment);
  if (isLoopbackHost(host) || adminToken !== '' || !hasMetrics || hasPublicMetrics) return;
  console.warn(
    `Anyone who reaches this server on ${host} can read how busy it is, at /metrics and /dashboard. Set ADMIN_TOKEN to prevent that, or PUBLIC_METRICS=true to allow it.`,
  );
}

/**
 * npm passes a SIGTERM on to the shell between it and this process, which ends without passing it on. Its
 * end shows in that this process has another parent.
 */
function onParentGone(stop: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), 200).unref();
}
