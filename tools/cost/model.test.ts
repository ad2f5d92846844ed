import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Counters, readCounters } from '../../bench/counters.ts';
import { parseCommandLine } from './commandLine.ts';
import { DOCUMENT, withTables } from './document.ts';
import {
  billOf,
  type CallRule,
  freePlanShares,
  machinesFor,
  peersPerMachine,
  polledRoomGbSeconds,
  priceBeyond,
  type Reading,
  type Usage,
  usageOf,
  type Workload,
  withRoomRequests,
} from './model.ts';
import { gamesTable } from './table.ts';

/** Round numbers, to compute by hand with. */
const counters: Counters = {
  clients: {
    measured: '',
    socketsOfJoin: 1,
    requestsWithOwnId: 0,
    requestsWithoutId: 1,
    framesBeforeOpen: 0,
    dataConnections: 6,
    dataOffers: 6,
    dataAnswers: 6,
    dataCandidates: 108,
    calls: 6,
    callOffers: 6,
    callAnswers: 6,
    callCandidates: 108,
    // Every 5 s, so 720 an hour.
    heartbeatsAMinute: 12,
    heartbeatsNotAnswered: 0,
    wakesByHeartbeats: 0,
    framesOfLeave: 0,
    secondsToLeaveFrame: 0.1,
  },
  polled: {
    measured: '',
    secondsToReport: 2,
    secondsToExpire: 5,
    calls: 10,
    seconds: 120,
    wakes: 7,
    pendingSeconds: 10,
  },
  games: {
    measured: '',
    workerRequests: 5,
    objectRequests: 20,
    callsBetweenObjects: 10,
    frames: 8,
    rowsWritten: 30,
    cpuMs: 20,
    pendingSeconds: 0.1,
  },
  join: { measured: '', cpuMs: 1 },
  pace: { measured: '', cpuMicrosecondsPerMessage: 100 },
  heap: { measured: '', bytesPerPeerOfRealm: 400, bytesPerRoomInCollector: 1000 },
  idle: { measured: '', cpuMicrosecondsPerHeartbeat: 10, kilobytesPerPeer: 16.384 },
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
  lostShare: 0,
  absentCallsPerPeer: 0,
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

  it('duration for the work, and 2 s for each report after a join or leave', () => {
    // 4 × 1 ms + 120 × 0.1 ms + 8 × 2 s = 16.016 s, and 8 × 10 ms of the collector
    expect(usageOf(game, counters, 'this server', 'low').gbSeconds).toBeCloseTo(16.096 * 0.128);
  });

  it('10 s more for each join, leave and report if the time to hibernation were billed', () => {
    // 16.016 s + 8 × 10 s, and 0.08 s + 8 × 10 s of the collector
    expect(usageOf(game, counters, 'this server', 'high').gbSeconds).toBeCloseTo(176.096 * 0.128);
  });

  it('a row for each report, one with it for the last hour, and one more when the room is empty', () => {
    expect(usageOf(game, counters, 'this server', 'low').rowsWritten).toBe(8 + 8 + 1);
  });

  it('a row for each minute of the last hour, however many report in it', () => {
    const usage = usageOf({ ...game, places: 1000 }, counters, 'this server', 'low');
    expect(usage.rowsWritten).toBe(8000 + 60 + 1000);
  });

  it('as many rows read as the collector has, each time that it comes into memory', () => {
    // 8 times three rows of the collector; and the room, at each of 4 joins and 4 leaves, its own.
    expect(usageOf(game, counters, 'this server', 'high').rowsRead).toBe(8 * 3 + 8);
  });

  it('a log event for each invocation, and two lines for each peer', () => {
    // 4 + 4 joins, 120 messages, 4 closes, 8 reports; 4 × 2 lines
    expect(usageOf(game, counters, 'this server', 'low').logEvents).toBe(148);
  });

  it('no report, no row and less duration with METRICS off', () => {
    const usage = usageOf({ ...game, hasMetrics: false }, counters, 'this server', 'low');
    expect(usage.objectRequests).toBe(10);
    expect(usage.rowsWritten).toBe(0);
    expect(usage.gbSeconds).toBeCloseTo(0.016 * 0.128);
  });

  it('only the lines in the log without invocation logs', () => {
    const usage = usageOf({ ...game, hasInvocationLogs: false }, counters, 'this server', 'low');
    expect(usage.logEvents).toBe(8);
  });
});

describe('a peer that is lost', () => {
  const lossy: Workload = { ...game, lostShare: 0.5 };
  const usage = (workload: Workload, reading: Reading) =>
    usageOf(workload, counters, 'this server', reading);

  it('costs three rows and the request of an alarm, and no time while its seat is kept', () => {
    expect(usage(lossy, 'low').rowsWritten).toBe(17 + 2 * 3);
    expect(usage(lossy, 'low').objectRequests).toBe(18 + 2);
    expect(usage(lossy, 'low').gbSeconds).toBe(usage(game, 'low').gbSeconds);
  });

  it('costs 10 s more if the time to hibernation were billed', () => {
    const more = usage(lossy, 'high').gbSeconds - usage(game, 'high').gbSeconds;
    expect(more).toBeCloseTo(2 * 10 * 0.128);
  });

  it('costs nothing of that in a realm, where nobody has a grace period', () => {
    expect(usage({ ...lossy, kind: 'realm' }, 'high')).toEqual(
      usage({ ...game, kind: 'realm' }, 'high'),
    );
  });
});

describe('a call to somebody who is not there', () => {
  const calling: Workload = { ...game, absentCallsPerPeer: 1 };

  it('is a message, and a timer of 5 s', () => {
    const usage = usageOf(calling, counters, 'this server', 'low');
    expect(usage.objectRequests).toBeCloseTo(18 + 4 / 20);
    // 16.096 s + 4 × 5 s + 4 × 0.1 ms
    expect(usage.gbSeconds).toBeCloseTo(36.0964 * 0.128);
  });
});

describe('a room that is polled for an hour', () => {
  const polled = (everySeconds: number, rule: CallRule, reading: Reading) =>
    polledRoomGbSeconds(everySeconds, rule, counters, reading);

  it('would hold a timer 5 s of every 8 or 12, and never sleep, if every call waited', () => {
    // Every 4 s: the second call comes during the wait of the first. 450 times 5 s and 0.1 ms of work.
    expect(polled(4, 'every call waits', 'low')).toBeCloseTo(450 * 5 * 0.128);
    expect(polled(12, 'every call waits', 'low')).toBeCloseTo(300 * 5 * 0.128);
    expect(polled(4, 'every call waits', 'high')).toBeCloseTo(3600 * 0.128);
    expect(polled(12, 'every call waits', 'high')).toBeCloseTo(3600 * 0.128);
  });

  it('holds a timer for 5 s of 68 or 72', () => {
    // 53 waits begin in the hour at 0, 68, … 3,536 s, and 50 at 0, 72, … 3,528 s.
    expect(polled(4, 'the first call waits', 'low')).toBeCloseTo(53 * 5 * 0.128, 1);
    expect(polled(12, 'the first call waits', 'low')).toBeCloseTo(50 * 5 * 0.128, 1);
  });

  it('sleeps between calls that come every 12 s, though not every 4 s', () => {
    expect(polled(4, 'the first call waits', 'high')).toBeCloseTo(3600 * 0.128);
    // Of each 72 s: a wait with the call in it and 10 s after that, then four calls with 10 s each.
    expect(polled(12, 'the first call waits', 'high')).toBeCloseTo(50 * (22 + 40) * 0.128, 1);
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
    // 60 of them with a point of the last hour.
    expect(usage.rowsWritten).toBe(4 * 1800 + 60);
  });

  it('cannot be awake for longer than there is time', () => {
    const usage = usageOf({ ...realm, peers: 1_000_000 }, counters, 'this server', 'low');
    // The collector is called 7,200 times for 10 ms.
    expect(usage.gbSeconds).toBeCloseTo((4 * 3600 + 72) * 0.128);
  });
});

const nothing: Usage = {
  workerRequests: 0,
  cpuMs: 0,
  objectRequests: 0,
  gbSeconds: 0,
  rowsRead: 0,
  rowsWritten: 0,
  logEvents: 0,
};

describe('a game with all that rooms can do', () => {
  const usage = withRoomRequests(nothing, 1, counters, 'low');

  it('makes requests, sends frames and writes rows', () => {
    expect(usage).toMatchObject({ workerRequests: 5, rowsWritten: 30, logEvents: 0 });
    expect(usage.objectRequests).toBeCloseTo(20 + 8 / 20);
  });

  it('is in memory for its work and its timers, and with the directory while it tells it something', () => {
    expect(usage.gbSeconds).toBeCloseTo((0.02 + 0.1 + 10 * 2 * 0.01) * 0.128);
  });

  it('is in memory for 10 s more after each call and frame if that were billed', () => {
    const { gbSeconds } = withRoomRequests(nothing, 1, counters, 'high');
    const ofDirectory = 10 * 10;
    expect(gbSeconds - usage.gbSeconds).toBeCloseTo(((20 - 10 + 8) * 10 + ofDirectory) * 0.128);
  });

  it('costs what is beyond the included amounts', () => {
    const price = priceBeyond({
      ...nothing,
      workerRequests: 1e6,
      rowsWritten: 1e6,
      gbSeconds: 1e6,
    });
    expect(price).toMatchObject({ workerRequests: 0.3, rowsWritten: 1, duration: 12.5 });
    expect(price.total).toBeCloseTo(13.8);
  });
});

it('an hour of 1,000 games of four with all that rooms can do costs at most $0.10', async () => {
  const measured = await readCounters();
  const hour = { ...game, places: 1000, messagesPerConnection: 22, hasInvocationLogs: false };
  const workload = { ...hour, lostShare: 0.05, absentCallsPerPeer: 0.1 };
  const joined = usageOf(workload, measured, 'this server', 'low');
  const { total } = priceBeyond(withRoomRequests(joined, 1000, measured, 'low'));
  expect(total).toBeLessThanOrEqual(0.1);
});

describe('the bill', () => {
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
  });

  it('adds up all that is used', () => {
    const usage = { ...nothing, rowsWritten: 2_000_000, logEvents: 2_500_000 };
    expect(billOf(usage, 'low').total).toBeCloseTo(5 + 10 + 6.8);
  });
});

it('says which share of the free plan a day uses', () => {
  const shares = freePlanShares(usageOf(game, counters, 'this server', 'low'));
  expect(shares.objectRequests).toBeCloseTo(18 / 100_000);
  expect(shares.gbSeconds).toBeCloseTo((16.096 * 0.128) / 13_000);
});

it('the tables in docs/capacity-and-cost.md are up to date: npm run cost -- --markdown', async () => {
  const document = await readFile(DOCUMENT, 'utf8');
  expect(document).toContain('<!-- npm run cost --');
  expect(withTables(document, await readCounters())).toBe(document);
});

it('the prices in the text of docs/capacity-and-cost.md are what the model computes', async () => {
  const [document, measured] = [await readFile(DOCUMENT, 'utf8'), await readCounters()];
  const workload = (line: string) => {
    const command = parseCommandLine(line.split(' '));
    if (command.kind !== 'compute') throw new Error(line);
    return command.workload;
  };
  const used = (line: string, reading: Reading) =>
    usageOf(workload(line), measured, 'this server', reading);
  const dollars = (line: string) => billOf(used(line, 'low'), 'low').total;
  const [saved, added] = ['--no-metrics', '--invocation-logs'].map((option) =>
    Math.abs(dollars('--rooms 1000') - dollars(`--rooms 1000 ${option}`)).toFixed(0),
  );
  expect(document).toContain(`saves $${saved} of the $${dollars('--rooms 1000').toFixed(0)}`);
  expect(document).toContain(`which add $${added}`);

  const games = (options: string) =>
    (['low', 'high'] as const).map((reading) => {
      const shares = freePlanShares(used(`--rooms 1 --hours 1${options}`, reading));
      return Number((1 / Math.max(...Object.values(shares))).toPrecision(2)).toLocaleString('en');
    });
  const [most, least] = games('');
  expect(document).toContain(`${least} to ${most} games`);
  const [mostWithout, leastWithout] = games(' --no-metrics');
  expect(document).toContain(`with \`METRICS\` at \`off\` ${leastWithout} to ${mostWithout}`);

  const command = parseCommandLine(['--games', '1000']);
  if (command.kind !== 'games') throw new Error(command.kind);
  const together = gamesTable(command, measured).at(-1) ?? [];
  for (const range of together.slice(1)) {
    const [low = '', high = ''] = range.split('–');
    expect(document).toContain(`$${low}–${Number(high).toFixed(2)}`);
  }
});
