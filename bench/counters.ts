import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Row } from './runCase.ts';
import { median } from './statistics.ts';
import type { SystemName } from './systems/System.ts';

const FILE = join(import.meta.dirname, 'counters.json');

/** The figures that `npm run cost` computes with or docs/capacity-and-cost.md reports. */
const KEPT = {
  /** Four stock PeerJS clients: what they send, and what it does. */
  clients: {
    system: 'server',
    figures: {
      socketsOfJoin: 'join: WebSockets',
      /** Other requests, where the page chooses the id, and where the server gives it. */
      requestsWithOwnId: 'join: other requests, id chosen',
      requestsWithoutId: 'join: other requests, id given',
      framesBeforeOpen: 'join: frames before OPEN',
      dataConnections: 'data: connections',
      dataOffers: 'data: offers',
      dataAnswers: 'data: answers',
      dataCandidates: 'data: candidates',
      calls: 'calls: connections',
      callOffers: 'calls: offers',
      callAnswers: 'calls: answers',
      callCandidates: 'calls: candidates',
      heartbeatsAMinute: 'heartbeats of a peer',
      heartbeatsNotAnswered: 'heartbeats not answered',
      wakesByHeartbeats: 'wakes by heartbeats',
      framesOfLeave: 'leave: frames',
      secondsToLeaveFrame: 'closed tab until LEAVE',
    },
  },
  /** A room in which one peer calls another one that is not there, again and again. */
  polled: {
    system: 'server',
    figures: {
      secondsToReport: 'join until it is reported',
      /** A timer is pending meanwhile. */
      secondsToExpire: 'first call until EXPIRE',
      calls: 'calls',
      seconds: 'in all',
      /** Before each the room must have slept. */
      wakes: 'times that the room woke',
      pendingSeconds: 'a timer was pending',
    },
  },
  /** What a game of four uses that does all that rooms can do, beyond one that only joins. */
  games: {
    system: 'server',
    figures: {
      workerRequests: 'Worker requests',
      objectRequests: 'object requests',
      callsBetweenObjects: 'calls of the directory by a room',
      frames: 'frames',
      rowsWritten: 'rows written',
      cpuMs: 'CPU',
      pendingSeconds: 'a timer was pending',
    },
  },
  /** Processor time is that of the whole server, the share of the platform included. */
  join: { system: 'server', figures: { cpuMs: 'CPU a join' } },
  pace: { system: 'server', figures: { cpuMicrosecondsPerMessage: 'CPU a message' } },
  heap: {
    system: 'server',
    figures: {
      bytesPerPeerOfRealm: 'a peer of a realm',
      bytesPerRoomInCollector: 'a room in the collector of metrics',
    },
  },
  idle: {
    system: 'official',
    figures: {
      cpuMicrosecondsPerHeartbeat: 'CPU a heartbeat',
      kilobytesPerPeer: 'memory a peer, asleep',
    },
  },
} as const satisfies Record<string, { system: SystemName; figures: Record<string, string> }>;

type ScenarioName = keyof typeof KEPT;

/** What each scenario found, and when and on what. */
export type Counters = {
  readonly [Name in ScenarioName]: { readonly measured: string } & {
    readonly [Counter in keyof (typeof KEPT)[Name]['figures']]: number;
  };
};

/** The scenarios that the counters come from. */
export const COUNTED_SCENARIOS = Object.keys(KEPT);

export async function readCounters(): Promise<Counters> {
  return JSON.parse(await readFile(FILE, 'utf8')) as Counters;
}

/**
 * Writes the counters of the scenarios that ran, and leaves those of the others as they were.
 *
 * @throws if one could not be measured on this machine: processor time and memory need Linux.
 */
export async function writeCounters(rows: readonly Row[], measured: string): Promise<void> {
  const found = countersFrom(rows, measured);
  const isNotMeasured = (value: unknown) => Number.isNaN(value);
  if (Object.values(found).some((counters) => Object.values(counters).some(isNotMeasured))) {
    throw new Error('Not all counters could be measured on this machine, so none is kept.');
  }
  const counters = { ...(await readCounters()), ...found };
  await writeFile(FILE, `${JSON.stringify(counters, null, 2)}\n`);
}

/**
 * The counters of the scenarios that ran.
 *
 * @throws if a scenario lacks a figure.
 */
export function countersFrom(rows: readonly Row[], measured: string): Partial<Counters> {
  const ran = Object.entries(KEPT).filter(([name]) => rows.some((row) => row.scenario === name));
  return Object.fromEntries(
    ran.map(([scenario, { system, figures }]) => {
      const values = Object.entries(figures).map(([counter, measure]) => {
        const row = rows.find((it) => it.scenario === scenario && it.measure === measure);
        const found = row?.rounds[system];
        if (found === undefined) throw new Error(`${scenario} has no figure "${measure}"`);
        return [counter, Number(median(found).toPrecision(3))];
      });
      return [scenario, { measured, ...Object.fromEntries(values) }];
    }),
  );
}
