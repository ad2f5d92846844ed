import { setTimeout } from 'node:timers/promises';
import packageJson from '../package.json' with { type: 'json' };
import { parsePeerPath } from '../src/protocol/peerPath.ts';
import { parseCommandLine } from './commandLine.ts';
import { readKeyPair } from './keyPair.ts';
import { type Given, isReachableByOthers, readPort } from './listenAddress.ts';
import { type RunningServer, type ServerOptions, startServer } from './startServer.ts';

/** Peers use two descriptors each, and by default a realm is open to 5,000. */
const FEW_DESCRIPTORS = 10_000;

/** Milliseconds before a workerd that has ended by itself is started again. */
const RESTART_MS = 1000;

/** What differs between `npm start` and the command of the package. */
export interface Program {
  /** The address where neither a flag nor the environment names one. */
  readonly host: Given<string>;
  /** The folder of a bundled Worker. By default it is bundled now. */
  readonly bundle?: string;
  /** What is printed once it listens. */
  greet(place: Place): string;
}

/** Where a server listens. */
export interface Place {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/**
 * Runs the server as a program in the foreground, with the flags of the command line: until Ctrl-C
 * or SIGTERM, or until it cannot.
 */
export async function serve(program: Program): Promise<void> {
  try {
    const { options, path } = await readOptions(program);
    let server = await startServer(options);
    const { port } = server;

    const stopping = new AbortController();
    const stop = () => {
      if (stopping.signal.aborted) return;
      stopping.abort();
      void server.stop();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
    if (['start', 'npx'].includes(process.env.npm_lifecycle_event ?? '')) onParentGone(stop);

    const scheme = options.tls === undefined ? 'http' : 'https';
    console.log(program.greet({ scheme, host: options.host, port, path }));
    warn(options, server);

    for (;;) {
      const { code, signal } = await server.ended;
      if (stopping.signal.aborted) return;
      if (signal !== null) throw new Error(`The server was ended by ${signal}.`);
      // workerd ends by itself when it runs out of file descriptors: accept() fails for good.
      console.error(`workerd ended by itself (code ${code}). It is started again.`);
      await setTimeout(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      server = await startServer({ ...options, port });
      // A signal that came meanwhile has stopped the one before.
      if (stopping.signal.aborted) await server.stop();
    }
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function readOptions(program: Program): Promise<{ options: ServerOptions; path: string }> {
  const { env } = process;
  const flags = parseCommandLine(process.argv.slice(2), packageJson.version, program.host.value);
  const path = readPath(flags.path ?? env.PEERSERVER_PATH ?? '/');
  const host = flags.host === undefined ? program.host : given('--host', flags.host);
  const port =
    flags.port !== undefined
      ? { value: readPort('--port', flags.port), as: `--port ${flags.port}` }
      : env.PORT
        ? { value: readPort('PORT', env.PORT), as: `PORT=${env.PORT}` }
        : { value: 9000, as: 'Port 9000' };
  const options: ServerOptions = {
    host: host.value,
    port: port.value,
    givenAs: { host: host.as, port: port.as },
    mount: path,
    environment: { ...env, ...flags.settings },
    ...(program.bundle === undefined ? {} : { bundle: program.bundle }),
    ...(flags.ssl === undefined ? {} : { tls: await readKeyPair(flags.ssl) }),
  };
  return { options, path };
}

function given(flag: string, value: string): Given<string> {
  return { value, as: `${flag} ${value}` };
}

/** Any path works, without being told. It is checked so that a mistake shows here and not in a client. */
function readPath(path: string): string {
  const place = parsePeerPath(path);
  if (place === undefined) throw new Error(`--path ${path} is not a path where peers can meet.`);
  if (place.kind === 'room') {
    console.warn(
      `${path} is a room, which holds few peers. Any path that is not /room/<name> is open.`,
    );
  }
  return path;
}

/** What an operator should know of a server that works all the same. */
function warn({ host, environment }: ServerOptions, { descriptors }: RunningServer): void {
  if (isReachableByOthers(host) && !environment.ADMIN_TOKEN) {
    console.warn(
      'Others can reach this server, and ADMIN_TOKEN is not set: set it, so that /metrics and /dashboard are yours alone.',
    );
  }
  if (descriptors < FEW_DESCRIPTORS) {
    console.warn(
      `The limit of file descriptors is ${descriptors}, and each peer takes two: raise it with ulimit -n, or LimitNOFILE in systemd.`,
    );
  }
}

/**
 * npm passes a SIGTERM on to the shell between it and us, which ends without telling us. Its end is
 * seen by our having another parent.
 */
function onParentGone(stop: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), 200).unref();
}
