import { expect, it } from 'vitest';
import { noCounters } from '../../src/metrics/Counters.ts';
import type { Summary } from '../../src/metrics/formats.ts';
import type { Point } from '../../src/metrics/LastHour.ts';
import { summaryOf } from '../../tests/support/summaryOf.ts';
import { History } from './History.ts';

/** Metrics at a second of the day, with so many of everything counted, and what was before. */
function metrics(second: number, count: number, before: readonly Point[] = []): Summary {
  const { refusals } = noCounters();
  return summaryOf(
    { connections: count, refusals: { ...refusals, 'room-full': count, 'id-taken': count } },
    [],
    { at: Date.UTC(2026, 0, 1, 0, 0, second), rooms: count, peers: count, history: before },
  );
}

/** The page's own clock, which is an hour ahead of the server's. */
function pageTime(second: number): number {
  return Date.UTC(2026, 0, 1, 1, 0, second);
}

function add(history: History, second: number, count: number): void {
  history.add(metrics(second, count), pageTime(second));
}

it('makes a rate by the minute of what the server counts', () => {
  const history = new History();
  add(history, 0, 10);
  add(history, 5, 11);
  expect(history.values.rooms).toEqual([10, 11]);
  expect(history.values.joins).toEqual([null, 12]);
  expect(history.values.refusals).toEqual([null, 24]);
});

it('knows no rate across a restart of the server, nor across a gap', () => {
  const history = new History();
  add(history, 0, 10);
  add(history, 5, 2);
  history.addGap(pageTime(10));
  add(history, 15, 4);
  add(history, 20, 5);
  expect(history.values.joins).toEqual([null, null, null, null, 12]);
  expect(history.values.peers).toEqual([10, 2, null, 4, 5]);
});

it('forgets what is older than an hour', () => {
  const history = new History();
  for (const second of [0, 5, 3604, 3606]) add(history, second, second);
  expect(history.values.rooms).toEqual([3604, 3606]);
  expect(history.times).toHaveLength(2);
});

it('begins with what the server remembers, by the clock of the page', () => {
  const history = new History();
  const at = (minute: number) => Date.UTC(2026, 0, 1, 0, minute);
  const none = { connections: 0, relayed: 0, refusals: 0, wakes: 0 };
  const remembered = [
    { ...none, at: at(0), rooms: 1, peers: 1 },
    { ...none, at: at(2), rooms: 2, peers: 4, connections: 6, relayed: 240 },
  ];
  history.add(metrics(180, 12, remembered), pageTime(180));
  add(history, 185, 13);
  expect(history.times).toEqual([0, 120, 180, 185].map((second) => pageTime(second) / 1000));
  expect(history.values).toMatchObject({
    rooms: [1, 2, 12, 13],
    joins: [null, 3, 6, 12],
    messages: [null, 2, 0, 0],
  });
});

it('knows the share of links of a quarter of an hour, also where few are tried', () => {
  const history = new History();
  const at = (minute: number) => Date.UTC(2026, 0, 1, 0, minute);
  const none = { rooms: 0, peers: 0, connections: 0, relayed: 0, refusals: 0, wakes: 0 };
  const point = (minute: number, linksTried: number, linksMade: number) => ({
    ...none,
    ...{ at: at(minute), linksTried, linksMade },
  });
  const remembered = [
    // An older version did not note them.
    { ...none, at: at(0) },
    point(1, 100, 100),
    point(2, 104, 103),
    point(10, 104, 103),
    point(16, 105, 103),
    point(17, 105, 103),
    point(40, 105, 103),
    // After a restart.
    point(41, 2, 2),
    point(42, 4, 3),
  ];
  history.add(metrics(43 * 60, 0, remembered), at(43));
  expect(history.values.linked.slice(0, -1)).toEqual([
    ...[null, null, 0.75, 0.75, 0.6, 0, null],
    ...[null, 0.5],
  ]);
});

it('makes no burst of what the server remembers of a moment', () => {
  const history = new History();
  const at = (second: number) => Date.UTC(2026, 0, 1, 0, 0, second);
  const none = { rooms: 0, peers: 0, relayed: 0, refusals: 0, wakes: 0 };
  const remembered = [
    { ...none, at: at(0), connections: 0 },
    { ...none, at: at(2), connections: 6 },
  ];
  history.add(metrics(4, 7, remembered), pageTime(4));
  expect(history.values.joins).toEqual([null, 6, 1]);
});

it('leaves out what is not later than the point before', () => {
  const history = new History();
  add(history, 5, 1);
  add(history, 5, 2);
  history.addGap(0);
  expect(history.values.rooms).toEqual([1]);
});
