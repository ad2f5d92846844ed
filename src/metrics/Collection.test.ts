import { expect, it } from 'vitest';
import { Collection, type CoordinatorReport } from './Collection.ts';
import { type Counters, noCounters } from './Counters.ts';
import { countLink, noLinks } from './LinkCounters.ts';

const MINUTE = 60_000;

/** Keeps what is put as storage does: a copy. And says how many rows were written. */
class Store extends Map<string, unknown> {
  rows = 0;
  put(key: string, value: unknown) {
    this.rows += 1;
    this.set(key, structuredClone(value));
  }
  override delete(key: string) {
    this.rows += 1;
    return super.delete(key);
  }
}

function counters(some: Partial<Counters> = {}): Counters {
  return { ...noCounters(), ...some };
}

function report(name: string, peers: string[], some: Partial<Counters> = {}): CoordinatorReport {
  const kind = name.startsWith('/room/') ? 'room' : 'realm';
  return { name, kind, peerCount: peers.length, peers, counters: counters(some) };
}

function relayed(CANDIDATE: number) {
  return { relayed: { ...noCounters().relayed, CANDIDATE } };
}

it('adds up what coordinators report, and counts rooms and peers', () => {
  const collection = new Collection(new Store(), new Map(), 0);
  collection.report(report('/room/a', ['ann', 'bob'], { connections: 2 }), 0);
  collection.report(report('/room/b', ['cid'], { connections: 1 }), 0);
  collection.report(report('/', ['dan'], { connections: 1 }), 0);
  collection.report(report('/room/a', ['ann', 'bob', 'eve'], { connections: 1 }), 1000);

  const snapshot = collection.snapshot(2000);
  expect(snapshot).toMatchObject({ rooms: 2, peers: 5, counters: { connections: 5 } });
  expect(snapshot.coordinators[0]).toMatchObject({ name: '/room/a', peerCount: 3 });
});

it('forgets a room whose last peer has left, and keeps what was counted there', () => {
  const store = new Store();
  const collection = new Collection(store, new Map(), 0);
  collection.report(report('/room/a', ['ann'], { connections: 1 }), 0);
  collection.report(report('/room/a', []), 1000);

  expect(collection.snapshot(1000)).toMatchObject({
    rooms: 0,
    peers: 0,
    counters: { connections: 1 },
  });
  expect([...store.keys()]).toEqual(['base', 'history']);
});

it('writes one row for a report, and two for the last of a room', () => {
  const store = new Store();
  const collection = new Collection(store, new Map(), 0);
  collection.report(report('/room/b', ['bob']), 0);
  store.rows = 0;
  collection.report(report('/room/a', ['ann']), 0);
  collection.report(report('/room/a', ['ann', 'bob']), 0);
  expect(store.rows).toBe(2);
  collection.report(report('/room/a', []), 0);
  expect(store.rows).toBe(4);
});

it('writes one row more in a minute, for what the last hour was like, and has it after a restart', () => {
  const store = new Store();
  const collection = new Collection(store, new Map(), 0);
  collection.report(report('/room/a', ['ann'], { connections: 1 }), 0);
  store.rows = 0;
  for (let second = 1; second <= 60; second += 1) {
    const peers = second % 2 === 0 ? ['ann'] : ['ann', 'bob'];
    collection.report(report('/room/a', peers, { connections: second % 2 }), second * 1000);
  }
  expect(store.rows).toBe(61);

  const { history } = new Collection(store, new Map(store), 0).snapshot(5 * MINUTE);
  const told = history.map(({ at, peers, connections }) => [at, peers, connections]);
  expect(told).toEqual([
    [0, 0, 0],
    [MINUTE, 2, 31],
    [MINUTE + 1, 1, 31],
    [5 * MINUTE, 1, 31],
  ]);
});

it('knows of each point how many links were tried, and how many were made', () => {
  const collection = new Collection(new Store(), new Map(), 0);
  const links = noLinks();
  const from = { country: 'DE', network: 'mobile' } as const;
  countLink(links, from, { to: 'bob', connected: true, ms: 10, route: 'relay' });
  countLink(links, from, { to: 'bob', connected: false, ms: 10, reason: 'no-path' });
  collection.report(report('', [], { links }), 0);
  collection.report(report('', [], { links }), MINUTE);
  const { history } = collection.snapshot(MINUTE + 1);
  expect(history.map(({ linksTried, linksMade }) => [linksTried, linksMade])).toEqual([
    [0, 0],
    [2, 1],
    [2, 1],
    [4, 2],
  ]);
});

it('has the same numbers when it starts again from its store', () => {
  const store = new Store();
  const before = new Collection(store, new Map(), 5000);
  before.report(report('/room/a', ['ann'], { connections: 1, offers: 3 }), 6000);
  before.report(report('/room/b', ['bob'], { connections: 1 }), 6000);
  before.report(report('/room/b', []), 6000);
  before.report(report('/room/c', [], { failures: 2 }), 6000);

  const { messagesPerSecond: _, ...after } = new Collection(store, new Map(store), 9000).snapshot(
    9000,
  );
  expect(before.snapshot(9000)).toMatchObject(after);
  expect(after).toMatchObject({ since: 5000, rooms: 1, counters: { connections: 2, failures: 2 } });
});

it('reads what a version stored that counted less', () => {
  const stored = new Map([
    ['base', { since: 0, counters: { connections: 5, relayed: { OFFER: 1 } } }],
    ['place:/room/a', { ...report('/room/a', ['ann']), counters: { connections: 2 }, seenAt: 0 }],
  ]);
  const collection = new Collection(new Store(), new Map<string, unknown>(stored), 0);
  expect(collection.snapshot(0).counters).toMatchObject({
    connections: 7,
    takeovers: 0,
    relayed: { OFFER: 1, ANSWER: 0 },
  });
});

it('adds up links by where players are, over a restart too', () => {
  const ends = { host: 0, srflx: 0, relay: 0, server: 0, failed: 0 };
  const store = new Store();
  const collection = new Collection(store, new Map(), 0);
  const links = { ...noLinks(), from: { 'DE mobile': { ...ends, host: 2 } }, taken: 5 };
  collection.report(report('worker', [], { links }), 0);
  const from = { 'DE mobile': { ...ends, failed: 1 }, 'FR other': { ...ends, relay: 1 } };
  const more = { ...noLinks(), from, taken: 4 };
  collection.report(report('worker', [], { links: more }), 0);
  expect(new Collection(store, new Map(store), 0).snapshot(0).counters.links).toEqual({
    ...noLinks(),
    from: { 'DE mobile': { ...ends, host: 2, failed: 1 }, 'FR other': { ...ends, relay: 1 } },
    taken: 9,
  });
});

it('says how many messages a second were reported in the last minute', () => {
  const collection = new Collection(new Store(), new Map(), 0);
  collection.report(report('/room/a', ['ann'], relayed(60)), 0);
  collection.report(report('/room/a', ['ann'], relayed(30)), 30_000);
  collection.report(report('/room/a', ['ann'], relayed(30)), 30_500);
  expect(collection.snapshot(30_500).messagesPerSecond).toBe(2);
  expect(collection.snapshot(61_000).messagesPerSecond).toBe(1);
  expect(collection.snapshot(91_000).messagesPerSecond).toBe(0);
});

it('has a coordinator asked that said nothing for ten minutes, once in ten minutes', () => {
  const collection = new Collection(new Store(), new Map(), 0);
  collection.report(report('/room/a', ['ann']), 0);
  expect(collection.unseen(10 * MINUTE - 1)).toEqual([]);
  expect(collection.unseen(10 * MINUTE)).toEqual(['/room/a']);
  expect(collection.unseen(20 * MINUTE - 1)).toEqual([]);
});

it('has at most 40 asked at one time, and the others the next time', () => {
  const collection = new Collection(new Store(), new Map(), 0);
  for (let number = 0; number < 50; number += 1) {
    collection.report(report(`/room/${number}`, ['ann']), 0);
  }
  const first = collection.unseen(10 * MINUTE);
  const second = collection.unseen(10 * MINUTE);
  expect([first.length, second.length]).toEqual([40, 10]);
  expect(new Set([...first, ...second]).size).toBe(50);
});

it.each([1000, 60 * MINUTE])('goes on when the clock is set back by %i ms', (back) => {
  const start = 1_000 * MINUTE;
  const collection = new Collection(new Store(), new Map(), start);
  collection.report(report('/room/a', ['ann'], relayed(60)), start);
  const now = start - back;
  expect(collection.snapshot(now).messagesPerSecond).toBe(0);
  collection.report(report('/room/b', ['bob'], relayed(60)), now);
  expect(collection.snapshot(now).messagesPerSecond).toBe(1);
  expect(collection.unseen(now + 10 * MINUTE + back).toSorted()).toEqual(['/room/a', '/room/b']);
});
