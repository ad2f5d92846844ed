import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Counters, readCounters } from '../../../tools/cost/counters.ts';
import { DOCUMENT, withTables } from '../../../tools/cost/document.ts';
import {
  billOf,
  freePlanShares,
  machinesFor,
  peersPerMachine,
  type Usage,
  usageOf,
  type Workload,
} from '../../../tools/cost/model.ts';

/** Round numbers, to compute by hand with. */
const counters: Counters = {
  measured: { date: '', cpu: '', workerd: '', peerjs: '' },
  join: {
    sockets: 1,
    requestsWithOwnId: 0,
    requestsWithoutId: 1,
    frames: 0,
    secondsToReport: 2,
    cpuMs: 1,
  },
  mesh: { connections: 6, offers: 6, answers: 6, candidates: 108, busiestSecond: 20 },
  callMesh: { connections: 6, offers: 6, answers: 6, candidates: 108 },
  // Every 5 s from each, so 720 an hour.
  idle: {
    peers: 4,
    seconds: 60,
    heartbeats: 48,
    answers: 48,
    wakes: 0,
    cpuMicrosecondsPerHeartbeat: 30,
  },
  message: { cpuMicroseconds: 100 },
  leave: { frames: 0, secondsToLeaveFrame: 4 },
  realm: { peers: 4000, heapBytesPerPeer: 400, residentBytesPerPeer: 100_000 },
  officialServer: { residentBytesPerPeer: 16_384, cpuMicrosecondsPerHeartbeat: 10 },
  collector: { heapBytesPerRoom: 1000 },
};

/** Four joins, 120 messages, 2,880 heartbeats, four leaves. */
const game: Workload = {
  kind: 'room',
  places: 1,
  peers: 4,
  shards: 1,
  hours: 1,
  sessionHours: 1,
  connectionsPerPeer: 1.5,
  messagesPerConnection: 20,
  hasMetrics: true,
  hasInvocationLogs: true,
};

describe('a game of four for an hour uses', () => {
  it('a request to the Worker for each join', () => {
    expect(usageOf(game, counters, 'this server', 'low').workerRequests).toBe(4);
  });

  it('object requests for joins, reports and every 20th message', () => {
    // 4 joins + 8 reports + 120 / 20
    expect(usageOf(game, counters, 'this server', 'low').objectRequests).toBe(18);
  });

  it('144 more if heartbeats that are answered without us are billed, and a fifth for the closes', () => {
    // 2,880 / 20 + 4 / 20
    expect(usageOf(game, counters, 'this server', 'high').objectRequests).toBeCloseTo(162.2);
  });

  it('duration for the work, 2 s for each report after a join, 4 s for each grace', () => {
    // 4 × 1 ms + 120 × 0.1 ms + 4 × 2 s + 4 × 4 s = 24.016 s, and 8 × 10 ms of the collector
    expect(usageOf(game, counters, 'this server', 'low').gbSeconds).toBeCloseTo(24.096 * 0.128);
  });

  it('10 s more for each join, leave and report if the time to hibernation were billed', () => {
    // 24.016 s + 8 × 10 s, and 0.08 s + 8 × 10 s of the collector
    expect(usageOf(game, counters, 'this server', 'high').gbSeconds).toBeCloseTo(184.096 * 0.128);
  });

  it('a row for each report, and one more when the room is empty', () => {
    expect(usageOf(game, counters, 'this server', 'low').rowsWritten).toBe(9);
  });

  it('a log event for each invocation, and two lines for each peer', () => {
    // 4 + 4 joins, 120 messages, 4 closes, 8 reports; 4 × 2 lines
    expect(usageOf(game, counters, 'this server', 'low').logEvents).toBe(148);
  });

  it('no report, no row and less duration with METRICS off', () => {
    const usage = usageOf({ ...game, hasMetrics: false }, counters, 'this server', 'low');
    expect(usage.objectRequests).toBe(10);
    expect(usage.rowsWritten).toBe(0);
    expect(usage.gbSeconds).toBeCloseTo(16.016 * 0.128);
  });

  it('only the lines in the log without invocation logs', () => {
    const usage = usageOf({ ...game, hasInvocationLogs: false }, counters, 'this server', 'low');
    expect(usage.logEvents).toBe(8);
  });
});

describe('beside it', () => {
  it('heartbeats that wake are messages, each with a log event', () => {
    const usage = usageOf(game, counters, 'waking heartbeats', 'low');
    expect(usage.objectRequests).toBe(18 + 2880 / 20);
    expect(usage.logEvents).toBe(148 + 2880);
  });

  it('heartbeats that wake keep the room awake all the time if the time to hibernation were billed', () => {
    const usage = usageOf(game, counters, 'waking heartbeats', 'high');
    expect(usage.gbSeconds).toBeCloseTo((3600 + 80.08) * 0.128);
  });

  it('one object per peer pays a whole request for each message and for each LEAVE', () => {
    // 120 messages + 4 leaves × 3 others
    expect(usageOf(game, counters, 'object per peer', 'low').objectRequests).toBe(18 + 132);
  });

  it('a virtual machine is planned to be half full', () => {
    // 1 GiB / 16 KiB = 65,536 by memory; 1 / (0.2 × 10 µs) = 500,000 by its core
    expect(peersPerMachine(counters)).toBe(32_768);
    expect(machinesFor(game, counters)).toEqual({ count: 1, price: 6 });
    expect(machinesFor({ ...game, places: 8193 }, counters)).toEqual({ count: 2, price: 12 });
  });
});

describe('a realm', () => {
  const realm: Workload = { ...game, kind: 'realm', peers: 1000, shards: 4 };

  it('pays a request for each message to another shard', () => {
    // 1,000 joins + 30,000 messages / 20 + 3 of 4 messages forwarded + 2,000 reports
    const usage = usageOf(realm, counters, 'this server', 'low');
    expect(usage.objectRequests).toBe(1000 + 1500 + 22_500 + 2000);
  });

  it('reports every 2 s at most from each shard', () => {
    const usage = usageOf({ ...realm, peers: 100_000 }, counters, 'this server', 'low');
    expect(usage.rowsWritten).toBe(4 * 1800);
  });

  it('cannot be awake for longer than there is time', () => {
    const usage = usageOf({ ...realm, peers: 1_000_000 }, counters, 'this server', 'low');
    // The collector is called 7,200 times for 10 ms.
    expect(usage.gbSeconds).toBeCloseTo((4 * 3600 + 72) * 0.128);
  });
});

describe('the bill', () => {
  const nothing: Usage = {
    workerRequests: 0,
    cpuMs: 0,
    objectRequests: 0,
    gbSeconds: 0,
    rowsRead: 0,
    rowsWritten: 0,
    logEvents: 0,
  };

  it('is the subscription while all is within what it includes', () => {
    const usage = { ...nothing, workerRequests: 300_000, objectRequests: 30_000 };
    expect(billOf(usage, 'high').total).toBe(5);
  });

  it('agrees with the fourth example of the price page, and with its rounded version', () => {
    const usage = { ...nothing, objectRequests: 21_610_000 / 30, gbSeconds: 552_960 / 30 };
    expect(billOf(usage, 'low').objectRequests).toBeCloseTo(3.0915);
    expect(billOf(usage, 'low').duration).toBeCloseTo(1.912);
    expect(billOf(usage, 'low').total).toBeCloseTo(10.0035);
    expect(billOf(usage, 'high').objectRequests).toBeCloseTo(3.15);
    expect(billOf(usage, 'high').duration).toBeCloseTo(12.5);
  });

  it('agrees with the example of the price page of logs', () => {
    // 75 GB a month of events of 1 kB. Of each day seven are kept: 17.5 GB-month.
    const bill = billOf({ ...nothing, logEvents: 2_500_000 }, 'low');
    expect(bill.logs).toBeCloseTo(6.25 + (17.5 - 12) * 0.1);
    expect(bill.logsByEvent).toBeCloseTo(55 * 0.6);
  });

  it('adds up all but the logs by the event, which end in November 2026', () => {
    const usage = { ...nothing, rowsWritten: 2_000_000, logEvents: 2_500_000 };
    expect(billOf(usage, 'low').total).toBeCloseTo(5 + 10 + 6.8);
  });
});

it('says which share of the free plan a day uses', () => {
  const shares = freePlanShares(usageOf(game, counters, 'this server', 'low'));
  expect(shares.objectRequests).toBeCloseTo(18 / 100_000);
  expect(shares.gbSeconds).toBeCloseTo((24.096 * 0.128) / 13_000);
});

it('the tables in docs/capacity-and-cost.md are up to date: npm run cost -- --markdown', async () => {
  const document = await readFile(DOCUMENT, 'utf8');
  expect(document).toContain('<!-- npm run cost --');
  expect(withTables(document, await readCounters())).toBe(document);
});
