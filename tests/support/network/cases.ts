import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { Via } from '../../../client/index.ts';
import { untilTrue } from '../browser/browser.ts';
import { happened, untilHappened } from '../browser/kitPage.ts';
import type { Conditions, Network } from './Network.ts';
import type { NetworkTable, Players, ServerName } from './NetworkTable.ts';
import {
  noteTraffic,
  startTraffic,
  stopTraffic,
  type Traffic,
  trafficOf,
  untilFlowing,
} from './traffic.ts';

const PLAYERS = ['ann', 'bob'] as const;
type PlayerName = (typeof PLAYERS)[number];
type OfBoth<Value> = Readonly<Record<PlayerName, Value>>;

/** For how long the trouble was felt. Times are in milliseconds since the epoch. */
interface Span {
  readonly from: number;
  readonly to: number;
  /** What was waited for. */
  readonly until: string;
}

/** Something that happens to the network of two players. */
export interface NetworkCase {
  readonly name: string;
  readonly server: ServerName;
  /** How the network is when they meet. By default all is well. */
  readonly conditions?: Conditions;
  /** Milliseconds between two messages of a player, of each kind. */
  readonly everyMs: number;
  /** Lets it happen. */
  play(players: Players, network: Network): Promise<Span>;
  /** How messages get to each of the two in the end. */
  readonly via: Via;
  readonly reason?: 'no-path';
  /** Of the link, in milliseconds, where that is what the case is about. */
  readonly delay?: number;
  /** What the games of the two are told. */
  readonly told?: Partial<OfBoth<readonly string[]>>;
}

/** What came of it. */
export interface NetworkRun {
  readonly span: Span;
  readonly vias: OfBoth<Via | undefined>;
  readonly reasons: OfBoth<string | undefined>;
  /** What the game of each was told since they had met, such as `peerleave`. */
  readonly told: OfBoth<readonly string[]>;
  /** The messages of each kind that each has sent. */
  readonly sent: OfBoth<number>;
  /** What each got of the other. */
  readonly got: OfBoth<Traffic>;
}

const BETWEEN_PLAYERS = [
  { from: 'ann', to: 'bob' },
  { from: 'bob', to: 'ann' },
] as const;

const RECONNECTING = ['status reconnecting', 'status online'];
const RECONNECTED = { ann: RECONNECTING, bob: RECONNECTING };

export const NETWORK_CASES: readonly NetworkCase[] = [
  losing(5, 25),
  losing(20, 50),
  {
    name: 'nothing gets through for 10 s',
    server: 'plain',
    everyMs: 125,
    async play(players, network) {
      await untilBothHear(players, players.metAt);
      await network.set({ drops: [{}] });
      await sleep(10_000);
      await network.set({});
      const span = await untilBothHear(players, Date.now());
      // What was said to the server meanwhile comes there now.
      await sleep(1000);
      return span;
    },
    via: 'direct',
    told: RECONNECTED,
  },
  {
    name: 'the link breaks off in the middle of messages',
    server: 'plain',
    conditions: { delay: 50 },
    everyMs: 10,
    async play(players) {
      await untilBothHear(players, players.metAt);
      await players.ann.evaluate(() => window.connections[0]?.close());
      return untilBothHear(players, Date.now());
    },
    via: 'direct',
  },
  {
    name: 'only the server is out of reach, for 17 s',
    server: 'plain',
    everyMs: 125,
    async play(players, network) {
      await untilBothHear(players, players.metAt);
      await network.set({ drops: [{ protocol: 'tcp' }] });
      const untilBoth = (what: string) =>
        Promise.all([players.ann, players.bob].map((page) => untilHappened(page, what)));
      await untilBoth('status reconnecting');
      await untilBothHear(players, Date.now());
      await network.set({});
      const from = Date.now();
      await untilBoth('status online');
      return { from, to: Date.now(), until: 'both are `online` again' };
    },
    via: 'direct',
    told: RECONNECTED,
  },
  {
    name: 'a player gets another address',
    server: 'plain',
    everyMs: 125,
    async play(players, network) {
      await untilBothHear(players, players.metAt);
      network.changeAddress('bob');
      return untilBothHear(players, Date.now());
    },
    via: 'direct',
    told: { bob: RECONNECTING },
  },
  {
    name: 'UDP is blocked, and there is a TURN server',
    server: 'withTurn',
    conditions: { drops: [{ protocol: 'udp' }] },
    everyMs: 125,
    async play(players) {
      const span = await untilBothHear(players, players.metAt);
      await untilBothSee(players, 'turn');
      await sleep(2000);
      return span;
    },
    via: 'turn',
  },
  {
    name: 'no path between the players, and the server relays',
    server: 'relaying',
    conditions: { drops: BETWEEN_PLAYERS },
    everyMs: 500,
    async play(players) {
      const span = await untilBothHear(players, players.metAt);
      await sleep(3000);
      return span;
    },
    via: 'server',
  },
  {
    name: 'no path between the players',
    server: 'plain',
    conditions: { drops: BETWEEN_PLAYERS },
    everyMs: 125,
    async play(players) {
      await untilBothSee(players, 'lost');
      return { from: players.metAt, to: Date.now(), until: 'both are told' };
    },
    via: 'lost',
    reason: 'no-path',
  },
];

/** Of a link that loses packets, and takes so many milliseconds. */
function losing(percent: number, delay: number): NetworkCase {
  return {
    name: `${percent} % of the packets between the players are lost`,
    server: 'plain',
    everyMs: 50,
    async play(players, network) {
      await untilBothHear(players, players.metAt);
      await network.set({ delay, drops: BETWEEN_PLAYERS.map((way) => ({ ...way, percent })) });
      const span = await untilBothHear(players, Date.now());
      await sleep(6000);
      return span;
    },
    via: 'direct',
    delay,
  };
}

/** Plays a case. In the end the network is well again, so that what is to arrive can. */
export function playCase(table: NetworkTable, played: NetworkCase): Promise<NetworkRun> {
  const { network } = table;
  const { server, conditions = {}, everyMs } = played;
  return table.withPlayers(server, conditions, async (players) => {
    const both = async <Value>(of: (page: Page, name: PlayerName) => Promise<Value>) => {
      const [ann, bob] = await Promise.all([of(players.ann, 'ann'), of(players.bob, 'bob')]);
      return { ann, bob };
    };
    const before = await both(happened);
    await both(noteTraffic);
    await both((page) => startTraffic(page, everyMs));
    const span = await played.play(players, network);
    const peers = await both(peerOf);
    await network.set({});
    const sent = await both(stopTraffic);
    const got = await both((page, name) => trafficOf(page, sent[name === 'ann' ? 'bob' : 'ann']));
    const told = await both(async (page, name) =>
      (await happened(page)).slice(before[name].length).map(withoutId),
    );
    return {
      span,
      vias: { ann: peers.ann?.via, bob: peers.bob?.via },
      reasons: { ann: peers.ann?.reason, bob: peers.bob?.reason },
      told,
      sent,
      got,
    };
  });
}

/** What arrived of the messages of both. */
interface Arrivals {
  /** Of each kind. */
  readonly sent: number;
  readonly reliable: number;
  readonly unreliable: number;
  /** Each reliable message arrived once, in the order in which they were sent. */
  readonly isComplete: boolean;
  /** Milliseconds from sending to arrival, of messages sent after the trouble. */
  readonly latencies: { readonly reliable: number[]; readonly unreliable: number[] };
}

export function arrivalsOf({ span, sent, got }: NetworkRun): Arrivals {
  const latencies = (kind: 'reliable' | 'unreliable') =>
    [...got.ann[kind], ...got.bob[kind]]
      .filter(({ sentAt }) => sentAt > span.to)
      .map(({ at, sentAt }) => at - sentAt);
  const isComplete = ({ reliable }: Traffic, count: number) =>
    reliable.length === count && reliable.every(({ n }, index) => n === index);
  return {
    sent: sent.ann + sent.bob,
    reliable: got.ann.reliable.length + got.bob.reliable.length,
    unreliable: got.ann.unreliable.length + got.bob.unreliable.length,
    isComplete: isComplete(got.ann, sent.bob) && isComplete(got.bob, sent.ann),
    latencies: { reliable: latencies('reliable'), unreliable: latencies('unreliable') },
  };
}

/** Waits until both have heard something that was said after a moment. */
async function untilBothHear({ ann, bob }: Players, from: number): Promise<Span> {
  const heardAt = await Promise.all([ann, bob].map((page) => untilFlowing(page, from)));
  return { from, to: Math.max(...heardAt), until: 'messages flow' };
}

async function untilBothSee({ ann, bob }: Players, via: Via): Promise<void> {
  const sees = (via: Via) => [...window.room.peers.values()].some((peer) => peer.via === via);
  await Promise.all([ann, bob].map((page) => untilTrue(page, sees, via)));
}

/** What a page knows of the other player. */
function peerOf(page: Page) {
  return page.evaluate(() => {
    const [peer] = window.room.peers.values();
    return { via: peer?.via, reason: peer?.reason };
  });
}

/** `status online` as it is, and `peerleave kit-1f` as `peerleave`. */
function withoutId(what: string): string {
  return what.replace(/ kit-.*/, '');
}
