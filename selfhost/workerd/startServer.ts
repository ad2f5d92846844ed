import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { mountPath } from '../../src/protocol/mount.ts';
import {
  checkEnvironmentNames,
  MOUNT_PATH,
  parseSettings,
  SELF_HOSTED,
  SETTING_NAMES,
} from '../../src/settings.ts';
import { checkCanListen, formatAddress } from '../command/listenAddress.ts';
import type { RunningServer } from '../RunningServer.ts';
import type { ServerOptions } from '../ServerOptions.ts';
import { descriptorLimit, endWithThisProcess, launch } from './launch.ts';
import { MAX_SOCKETS } from './worker/bindings.ts';
import {
  CONTROL_SOCKET,
  HTTP_SOCKET,
  readWranglerConfig,
  type WranglerConfig,
  workerdConfig,
} from './workerdConfig.ts';

/** The path of the binary, which the package `workerd` exports and does not declare. */
const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string };

/**
 * Milliseconds for requests to finish when the server is stopped. At SIGTERM workerd waits for open
 * sockets without end, but a peer's socket ends only with the peer.
 */
const DRAIN_MS = 300;

/** Milliseconds for the Worker to close the sockets of its peers. */
const CLOSE_MS = 3000;

/**
 * Peers' sockets for each file descriptor. One takes two: workerd 1.20261102.1 duplicates what it
 * accepts. A fifth is left for requests, for newcomers that are turned away, and for files.
 */
const SOCKETS_PER_DESCRIPTOR = 0.4;

/**
 * Starts the Worker on plain workerd, and resolves when it listens.
 *
 * @param read what wrangler.jsonc says, if it has been read before.
 * @throws {SettingsError} for a setting that is not valid, and an Error with a sentence for a person
 *   if the server does not come up.
 */
export async function startServer(
  options: ServerOptions,
  read?: WranglerConfig,
): Promise<RunningServer> {
  const wrangler = read ?? (await readWranglerConfig());
  const settings = settingsFrom(wrangler, options.environment);
  parseSettings(settings);
  await checkCanListen(options);
  const maxSockets = Math.floor(descriptorLimit() * SOCKETS_PER_DESCRIPTOR);
  const variables = {
    ...settings,
    [SELF_HOSTED]: 'true',
    [MOUNT_PATH]: mountPath(options.path ?? '/'),
    [MAX_SOCKETS]: Number.isFinite(maxSockets) ? String(maxSockets) : '',
  };

  // Imported where it is needed, since the package comes with a bundle and without the tools.
  const bundle = options.bundle ?? (await (await import('./bundleWorker.ts')).bundleWorker());
  return startWorkerd(
    join(bundle, 'index.js'),
    workerdConfig(wrangler, formatAddress(options), variables, { ...options, isSelfHosted: true }),
    options,
  );
}

/**
 * The settings that an environment gives a server, and those of wrangler.jsonc that it does not give.
 *
 * @throws {SettingsError} for a variable whose name is nearly that of a setting.
 */
export function settingsFrom(
  wrangler: Pick<WranglerConfig, 'vars'>,
  environment: ServerOptions['environment'],
): Record<string, string> {
  checkEnvironmentNames(environment);
  const settings: Record<string, string> = {};
  // As the deployed Worker reads them: a number is as good as a text.
  for (const [name, value] of Object.entries(wrangler.vars ?? {})) {
    settings[name] = String(value ?? '');
  }
  for (const name of SETTING_NAMES) {
    const value = environment[name];
    if (value !== undefined && value !== '') settings[name] = value;
  }
  return settings;
}

/**
 * Starts workerd, and resolves when it listens.
 *
 * @param module the path of the Worker's one module, which the configuration embeds as `index.js`.
 * @param config in Cap'n Proto text.
 * @throws if workerd ends instead.
 */
export async function startWorkerd(
  module: string,
  config: string,
  options: Pick<ServerOptions, 'output' | 'inspect'>,
): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'peerjs-server-'));
  // Windows lets few people make links.
  await copyFile(module, join(folder, 'index.js'));
  await writeFile(join(folder, 'config.capnp'), config);

  const output = options.output ?? 'inherit';
  const inspect = options.inspect === true;
  // On descriptor 3 workerd says which ports it listens on, as soon as it does.
  const child = launch(
    workerd,
    [
      'serve',
      'config.capnp',
      '--control-fd=3',
      ...(inspect ? ['--inspector-addr=127.0.0.1:0'] : []),
    ],
    {
      cwd: folder,
      stdio: ['ignore', output, output, 'pipe'],
    },
  );
  const endAlone = endWithThisProcess(child, folder);
  const ended = once(child, 'exit').then(async ([code, signal]) => {
    endAlone();
    // Windows may hold a file for a moment longer.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    return { code, signal } as { code: number | null; signal: NodeJS.Signals | null };
  });
  const listening = await Promise.race([portsOf(child.stdio[3] as Readable, inspect), ended]);
  if (!('port' in listening)) {
    throw new Error(`workerd did not start: it ended with ${listening.code ?? listening.signal}`);
  }
  return {
    ...listening,
    pid: child.pid ?? 0,
    ended,
    async stop() {
      const control = join(folder, CONTROL_SOCKET);
      if (existsSync(control)) await Promise.race([closeSockets(control), ended]);
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), DRAIN_MS);
      await ended;
      clearTimeout(timer);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function portsOf(
  control: Readable,
  inspect: boolean,
): Promise<Pick<RunningServer, 'port' | 'inspectorPort'>> {
  let port: number | undefined;
  let inspectorPort: number | undefined;
  for await (const line of createInterface({ input: control })) {
    const message = JSON.parse(line) as { event: string; socket?: string; port?: number };
    if (message.event === 'listen' && message.socket === HTTP_SOCKET) port = message.port;
    if (message.event === 'listen-inspector') inspectorPort = message.port;
    if (port !== undefined && (!inspect || inspectorPort !== undefined)) {
      return { port, inspectorPort };
    }
  }
  // The pipe closed, so the process is about to end. The caller waits for that too.
  return new Promise(() => {});
}

/** Asks the Worker to close the sockets of its peers. A Worker that cannot be asked is just ended. */
async function closeSockets(socketPath: string): Promise<void> {
  const asking = request({ socketPath, method: 'POST', signal: AbortSignal.timeout(CLOSE_MS) });
  try {
    const [response] = (await once(asking.end(), 'response')) as [Readable];
    await once(response.resume(), 'end');
  } catch {
    // It hangs, or has ended.
  }
}
