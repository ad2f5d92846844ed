/**
 * What a workload uses and costs: plain arithmetic from the measured counters and the published
 * prices. docs/capacity-and-cost.md says what is assumed, and where the price rules leave a choice.
 */
import type { Counters } from '../../bench/counters.ts';
import { POINT_MS } from '../../src/metrics/LastHour.ts';
import {
  DURABLE_OBJECTS,
  FREE_PLAN,
  LOG_GIGABYTES,
  type Meter,
  SECONDS_TO_HIBERNATION,
  VIRTUAL_MACHINE,
  WORKERS,
} from './prices.ts';

const SECONDS_PER_HOUR = 3600;
const DAYS_PER_MONTH = 30;

/** Milliseconds that a call from one object to another takes. Assumed: only the platform knows. */
const REMOTE_CALL_MS = 10;
/** Bytes of one event in Workers Logs, with what Cloudflare adds to it. Assumed, likewise. */
const LOG_EVENT_BYTES = 1000;
/** The least seconds between two reports of a coordinator to the collector of metrics. */
const SECONDS_BETWEEN_REPORTS = 2;
/**
 * What each lost peer costs its room in storage and alarms: its name is written, an alarm is set, its
 * name is deleted. Each is a row (https://developers.cloudflare.com/durable-objects/
 * platform/pricing/, where setting an alarm is a row too), and the alarm that rings is a request.
 */
const GRACE = { rowsWritten: 3, requests: 1 };
/** The share of a machine to plan for peers. The rest is for the system and for a rush of joins. */
const MACHINE_SHARE = 0.5;

/** Who plays, and how. All of it happens every day of the month. */
export interface Workload {
  readonly kind: 'room' | 'realm';
  /** Rooms, or realms, that are in use at the same time. */
  readonly places: number;
  /** Peers that are connected in each of them at any time. */
  readonly peers: number;
  /** Coordinators of each. */
  readonly shards: number;
  /** Hours of a day. */
  readonly hours: number;
  /** How long a peer stays before another one comes in its place. */
  readonly sessionHours: number;
  /** Connections that are made for each peer that joins, each counted once. */
  readonly connectionsPerPeer: number;
  /** Offer, answer and the candidates of both sides. */
  readonly messagesPerConnection: number;
  /** Of the sockets that end, the share that is cut off: the others are closed. */
  readonly lostShare: number;
  /** Calls to somebody who is not there, for each peer that joins. */
  readonly absentCallsPerPeer: number;
  /** `METRICS` */
  readonly hasMetrics: boolean;
  /** `observability.logs.invocation_logs` in wrangler.jsonc */
  readonly hasInvocationLogs: boolean;
}

/** This server, and two others that do the same for the players. */
export type Design = 'this server' | 'waking heartbeats' | 'object per peer';

/** How to read what the price pages leave open: low in our favour, high against us. */
export type Reading = 'low' | 'high';

/** What is used in a day. */
export interface Usage {
  readonly workerRequests: number;
  readonly cpuMs: number;
  readonly objectRequests: number;
  readonly gbSeconds: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly logEvents: number;
}

/** What a day of the workload uses. */
export function usageOf(
  workload: Workload,
  counters: Counters,
  design: Design,
  reading: Reading,
): Usage {
  const { kind, places, peers, hours, hasMetrics } = workload;
  const isHigh = reading === 'high';
  const seconds = hours * SECONDS_PER_HOUR;
  const coordinators = places * (design === 'object per peer' ? peers : workload.shards);

  const joins = (places * peers * hours) / workload.sessionHours;
  const leaves = joins;
  // Only a room keeps the seat of a peer that was lost.
  const graces = kind === 'room' ? leaves * workload.lostShare : 0;
  const waits = joins * workload.absentCallsPerPeer;
  const messages = joins * workload.connectionsPerPeer * workload.messagesPerConnection + waits;
  const heartbeats = places * peers * seconds * heartbeatsPerSecond(counters);
  const calls = callsBetweenObjects(workload, design, messages, leaves);
  const reports = hasMetrics
    ? Math.min(joins + leaves, (coordinators * seconds) / SECONDS_BETWEEN_REPORTS)
    : 0;

  const workerRequests =
    joins * (counters.clients.socketsOfJoin + counters.clients.requestsWithOwnId);
  const handled = messages + (design === 'waking heartbeats' ? heartbeats : 0);
  const billedMessages =
    handled + (isHigh ? leaves + (design === 'waking heartbeats' ? 0 : heartbeats) : 0);

  const workingMs =
    joins * counters.join.cpuMs +
    ((handled + calls) * counters.pace.cpuMicrosecondsPerMessage) / 1000 +
    calls * REMOTE_CALL_MS;
  // A timer holds an object in memory: the report after a join or leave, and the wait for a peer that
  // is absent. A grace period does not: an alarm ends it.
  const report = hasMetrics ? counters.polled.secondsToReport : 0;
  const held = (joins + leaves) * report + waits * counters.polled.secondsToExpire;
  const untilHibernation = isHigh ? SECONDS_TO_HIBERNATION : 0;
  const bursts =
    joins + leaves + graces + waits + (design === 'waking heartbeats' ? heartbeats : 0);
  // What overlaps is billed once. How much does is not known, so this is the most it can be.
  const awake = Math.min(
    workingMs / 1000 + held + bursts * untilHibernation,
    coordinators * seconds,
  );
  const collectorAwake = Math.min(
    (reports * REMOTE_CALL_MS) / 1000 + reports * untilHibernation,
    hasMetrics ? seconds : 0,
  );

  // The collector reads all of its rows when it comes back into memory: one for each coordinator, one
  // for those that are gone, and one for the last hour.
  const collectorStarts = isHigh ? Math.min(reports, seconds / SECONDS_TO_HIBERNATION) : 0;
  const collectorRows = coordinators + 2;
  // A point of the last hour is written with the report that it is due at.
  const pointsOfHistory = Math.min(reports, seconds / (POINT_MS / 1000));
  const gamesOver = kind === 'room' && hasMetrics ? leaves / peers : 0;

  return {
    workerRequests,
    cpuMs:
      workerRequests * counters.join.cpuMs +
      (isHigh ? (handled * counters.pace.cpuMicrosecondsPerMessage) / 1000 : 0),
    objectRequests:
      joins +
      calls +
      reports +
      graces * GRACE.requests +
      billedMessages / DURABLE_OBJECTS.messagesPerRequest,
    gbSeconds: (awake + collectorAwake) * DURABLE_OBJECTS.gbPerObject,
    // A room reads who is in its grace period whenever it comes into memory.
    rowsRead: collectorStarts * collectorRows + (isHigh && kind === 'room' ? bursts : 0),
    // A report is one row; the one that says that a room is empty is two.
    rowsWritten: reports + gamesOver + pointsOfHistory + graces * GRACE.rowsWritten,
    logEvents:
      joins +
      leaves +
      waits +
      (workload.hasInvocationLogs
        ? workerRequests + joins + handled + calls + leaves + reports + graces
        : 0),
  };
}

/** How many heartbeats one peer sends in a second. */
function heartbeatsPerSecond({ clients }: Counters): number {
  return clients.heartbeatsAMinute / 60;
}

/** Each call is billed as a whole request, where a WebSocket message is a twentieth of one. */
function callsBetweenObjects(
  { peers, shards, kind }: Workload,
  design: Design,
  messages: number,
  leaves: number,
): number {
  if (design === 'object per peer') return messages + (kind === 'room' ? leaves * (peers - 1) : 0);
  return messages * (1 - 1 / shards);
}

/**
 * What games use that do all that rooms can do, with codes, seats, readiness, lock, list and match, beyond
 * what `usage` says that they use as rooms that are only joined.
 *
 * @param games in an hour.
 */
export function withRoomRequests(
  usage: Usage,
  games: number,
  { games: game }: Counters,
  reading: Reading,
): Usage {
  const { cpuMs, pendingSeconds, callsBetweenObjects, objectRequests, frames } = game;
  const isHigh = reading === 'high';
  // While a room tells the directory, both are in memory.
  const calling = (2 * callsBetweenObjects * REMOTE_CALL_MS) / 1000;
  const bursts = objectRequests - callsBetweenObjects + frames;
  const roomAwake = bursts * SECONDS_TO_HIBERNATION;
  const directoryAwake = Math.min(
    games * callsBetweenObjects * SECONDS_TO_HIBERNATION,
    SECONDS_PER_HOUR,
  );
  const untilHibernation = isHigh ? games * roomAwake + directoryAwake : 0;
  const awake = games * (cpuMs / 1000 + pendingSeconds + calling) + untilHibernation;
  // A directory reads all of its rows when it comes back into memory.
  const directoryStarts = directoryAwake / SECONDS_TO_HIBERNATION;
  return {
    workerRequests: usage.workerRequests + games * game.workerRequests,
    cpuMs: usage.cpuMs + games * cpuMs,
    objectRequests:
      usage.objectRequests + games * (objectRequests + frames / DURABLE_OBJECTS.messagesPerRequest),
    gbSeconds: usage.gbSeconds + awake * DURABLE_OBJECTS.gbPerObject,
    rowsRead: usage.rowsRead + (isHigh ? games * bursts + directoryStarts * games : 0),
    rowsWritten: usage.rowsWritten + games * game.rowsWritten,
    logEvents: usage.logEvents,
  };
}

/** What happens to a call to a peer that is not there. */
export type CallRule = 'every call waits' | 'the first call waits';

/** For so many seconds after a wait, another call to the same absent peer does not wait. */
const SECONDS_IN_VAIN = 60;

/**
 * GB-seconds of a room in an hour in which one peer does nothing but call another one that is not
 * there. Calls that come during a wait end with it.
 *
 * @param everySeconds a call comes so often.
 */
export function polledRoomGbSeconds(
  everySeconds: number,
  rule: CallRule,
  counters: Counters,
  reading: Reading,
): number {
  const { secondsToExpire } = counters.polled;
  const untilHibernation = reading === 'high' ? SECONDS_TO_HIBERNATION : 0;
  const pause = rule === 'every call waits' ? 0 : SECONDS_IN_VAIN;
  let awake = 0;
  /** Until when the room is known to be in memory, and until when no call begins a wait. */
  let [awakeUntil, noWaitUntil] = [0, 0];
  for (let at = 0; at < SECONDS_PER_HOUR; at += everySeconds) {
    const startsWait = at >= noWaitUntil;
    if (startsWait) noWaitUntil = at + secondsToExpire + pause;
    const work = counters.pace.cpuMicrosecondsPerMessage / 1e6;
    const until = at + (startsWait ? secondsToExpire : work) + untilHibernation;
    const end = Math.min(SECONDS_PER_HOUR, Math.max(awakeUntil, until));
    awake += Math.max(0, end - Math.max(at, awakeUntil));
    awakeUntil = Math.max(awakeUntil, end);
  }
  return awake * DURABLE_OBJECTS.gbPerObject;
}

/** US dollars in a month of the paid plan. */
export interface Bill {
  readonly subscription: number;
  readonly workerRequests: number;
  readonly cpu: number;
  readonly objectRequests: number;
  readonly duration: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly logs: number;
  readonly total: number;
}

/**
 * The bill for a month of such days, if nothing else runs in the account.
 *
 * @param reading high: what is used is rounded up to whole millions, as in some of the examples.
 */
export function billOf(usage: Usage, reading: Reading): Bill {
  const charge = (perDay: number, { included, price }: Meter, unit = 1_000_000) => {
    const beyond = Math.max(0, perDay * DAYS_PER_MONTH - included);
    return (reading === 'high' ? Math.ceil(beyond / unit) * unit : beyond) * price;
  };
  const logGigabytes = (usage.logEvents * LOG_EVENT_BYTES) / 1e9;
  const stored = logGigabytes * LOG_GIGABYTES.retentionDays;
  const parts = {
    subscription: WORKERS.subscription,
    workerRequests: charge(usage.workerRequests, WORKERS.requests),
    cpu: charge(usage.cpuMs, WORKERS.cpuMs),
    objectRequests: charge(usage.objectRequests, DURABLE_OBJECTS.requests),
    duration: charge(usage.gbSeconds, DURABLE_OBJECTS.gbSeconds),
    rowsRead: charge(usage.rowsRead, DURABLE_OBJECTS.rowsRead),
    rowsWritten: charge(usage.rowsWritten, DURABLE_OBJECTS.rowsWritten),
    logs:
      charge(logGigabytes, LOG_GIGABYTES.ingested, 1) +
      charge(stored / DAYS_PER_MONTH, LOG_GIGABYTES.storedMonth, 1),
  };
  return {
    ...parts,
    total: Object.values(parts).reduce((sum, part) => sum + part, 0),
  };
}

/** US dollars for what is used once the included amounts are used up. */
export type Price = Omit<Bill, 'subscription'>;

/** What it costs to use so much more. */
export function priceBeyond(usage: Usage): Price {
  const logGigabytes = (usage.logEvents * LOG_EVENT_BYTES) / 1e9;
  const stored = (logGigabytes * LOG_GIGABYTES.retentionDays) / DAYS_PER_MONTH;
  const parts = {
    workerRequests: usage.workerRequests * WORKERS.requests.price,
    cpu: usage.cpuMs * WORKERS.cpuMs.price,
    objectRequests: usage.objectRequests * DURABLE_OBJECTS.requests.price,
    duration: usage.gbSeconds * DURABLE_OBJECTS.gbSeconds.price,
    rowsRead: usage.rowsRead * DURABLE_OBJECTS.rowsRead.price,
    rowsWritten: usage.rowsWritten * DURABLE_OBJECTS.rowsWritten.price,
    logs: logGigabytes * LOG_GIGABYTES.ingested.price + stored * LOG_GIGABYTES.storedMonth.price,
  };
  return { ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

/** The share of each daily allowance of the free plan that is used: above 1 it does not fit. */
export function freePlanShares(usage: Usage): Record<keyof typeof FREE_PLAN, number> {
  const shares = Object.entries(FREE_PLAN).map(([name, allowance]) => [
    name,
    usage[name as keyof typeof FREE_PLAN] / allowance,
  ]);
  return Object.fromEntries(shares) as Record<keyof typeof FREE_PLAN, number>;
}

/** How many peers the official Node server holds on the example of a virtual machine. */
export function peersPerMachine(counters: Counters): number {
  const { kilobytesPerPeer, cpuMicrosecondsPerHeartbeat } = counters.idle;
  const byMemory = VIRTUAL_MACHINE.memoryBytes / (kilobytesPerPeer * 1000);
  const coresPerPeer = (heartbeatsPerSecond(counters) * cpuMicrosecondsPerHeartbeat) / 1e6;
  const byCpu = VIRTUAL_MACHINE.cores / coresPerPeer;
  return Math.floor(MACHINE_SHARE * Math.min(byMemory, byCpu));
}

/** Virtual machines for the workload, and what they cost in a month, running or idle. */
export function machinesFor(
  { places, peers }: Workload,
  counters: Counters,
): { readonly count: number; readonly price: number } {
  const count = Math.max(1, Math.ceil((places * peers) / peersPerMachine(counters)));
  return { count, price: count * VIRTUAL_MACHINE.price };
}
