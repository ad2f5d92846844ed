import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { startNodeServer } from '../../selfhost/node/startNodeServer.ts';
import type { RunningServer } from '../../selfhost/RunningServer.ts';
import { startServer, startWorkerd } from '../../selfhost/workerd/startServer.ts';
import { readWranglerConfig, workerdConfig } from '../../selfhost/workerd/workerdConfig.ts';
import type { RunningSystem, SystemName } from './System.ts';

const HOST = '127.0.0.1';

/** What is not in the environment is as by default; only, no peer is told that it speaks too fast. */
const SETTINGS = { RATE_LIMIT_PER_SECOND: '100000' };

/** How a case wants its systems. */
interface Wishes {
  /** Whether V8's inspector is on, which nothing that is timed should have. */
  readonly inspect?: boolean;
  /** Of this server. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts what is compared, each in a process of its own, on plain loopback. */
export async function startSystem(
  name: SystemName,
  { inspect = false, settings = {} }: Wishes,
): Promise<RunningSystem> {
  switch (name) {
    case 'server': {
      const server = await startServer({
        host: HOST,
        port: 0,
        environment: { ...process.env, ...SETTINGS, ...settings },
        output: 'ignore',
        inspect,
      });
      return { ...ofOurs(server), name };
    }
    case 'bare': {
      const { compatibility_date, compatibility_flags = [] } = await readWranglerConfig();
      const bindings = [{ name: 'RELAYS', class_name: 'Relay' }];
      const config = workerdConfig(
        { compatibility_date, compatibility_flags, durable_objects: { bindings } },
        `${HOST}:0`,
        {},
      );
      const module = join(import.meta.dirname, '..', 'bare-relay', 'index.js');
      return {
        ...ofOurs(await startWorkerd(module, config, { output: 'ignore', inspect })),
        name,
      };
    }
    case 'node': {
      const server = await startNodeServer({
        host: HOST,
        port: 0,
        environment: { ...process.env, ...SETTINGS, ...settings },
        output: 'ignore',
        inspect,
      });
      // All rooms are in one process: none sleeps, and none wakes.
      return { ...ofOurs(server), name, countsWakes: false };
    }
    case 'official':
      return startOfficialServer(inspect);
    default:
      return name satisfies never;
  }
}

function ofOurs(server: RunningServer): Omit<RunningSystem, 'name'> {
  const { port, pid, inspectorPort, stop } = server;
  return {
    host: HOST,
    port,
    pid,
    inspectorPort,
    hasRooms: true,
    answersHeartbeats: true,
    countsWakes: true,
    stop,
  };
}

async function startOfficialServer(inspect: boolean): Promise<RunningSystem> {
  const process_ = spawn(
    process.execPath,
    [...(inspect ? [`--inspect=${HOST}:0`] : []), join(import.meta.dirname, 'officialServer.ts')],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(process_, 'exit');
  const [port, inspectorPort] = await Promise.all([
    numberPrinted(process_.stdout, /^listening on (\d+)$/),
    inspect
      ? numberPrinted(process_.stderr, /^Debugger listening on ws:\/\/[^:]+:(\d+)\//)
      : undefined,
  ]);
  return {
    name: 'official',
    host: HOST,
    port,
    pid: pidOf(process_),
    inspectorPort,
    hasRooms: false,
    answersHeartbeats: false,
    countsWakes: false,
    async stop() {
      process_.kill('SIGKILL');
      await ended;
    },
  };
}

async function numberPrinted(output: Readable, pattern: RegExp): Promise<number> {
  for await (const line of createInterface({ input: output })) {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return Number(found);
  }
  throw new Error(`The official server ended without printing ${pattern}`);
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('The process has not started');
  return child.pid;
}
