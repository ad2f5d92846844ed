import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FUZZ_FACTOR, fuzzing } from '../../tests/support/fuzzing.ts';
import { FORGED_SRC, hostileFrame, ODD_IDS } from '../../tests/support/hostileFrames.ts';
import {
  type Action,
  actionsOf,
  type Event,
  type FakeConnection,
  framesReceived,
  type Said,
  simulate,
} from '../../tests/support/simulateRoom.ts';
import type { RoomPolicy } from './RoomPolicy.ts';

const MAX_BYTES = 60_000;
const CAPACITY = 3;
const MAX_MUTE = 100;
const PLENTY = { timeout: 5000, messagesPerPair: 100_000, bytes: 1e9 };
const ROOM = { tellsWhoLeft: true, hasMembers: true, givesAwayGhostSeats: true };
const REALM = {
  gracePeriod: 0,
  tellsWhoLeft: false,
  hasMembers: false,
  givesAwayGhostSeats: false,
};
const LITTLE = { timeout: 5000, messagesPerPair: 3, bytes: 5000 };

/** Rooms and realms, with limits that matter and limits that are out of the way. */
const limits = fc.record({
  capacity: fc.constant(CAPACITY),
  refusalWhenFull: fc.constant('room-full' as const),
  aliveTimeout: fc.constant(90_000),
  waiting: fc.constantFrom(PLENTY, LITTLE),
  waitsPerMinute: fc.constantFrom(5, Number.POSITIVE_INFINITY),
  messagesPerSecond: fc.constantFrom(1e9, 1),
  relaysPayloads: fc.constant(true),
  maxMessageBytes: fc.constant(MAX_BYTES),
});
const graces = [30_000, 30_000, 4000, 0].map((gracePeriod) => ({ gracePeriod, ...ROOM }));
const policies: fc.Arbitrary<RoomPolicy> = fc
  .tuple(limits, fc.constantFrom(...graces, REALM))
  .map(([limits, rules]) => ({ ...limits, ...rules }));

const anyActions = actionsOf(ODD_IDS.length, hostileFrame(ODD_IDS, MAX_BYTES));
const steadyActions = actionsOf(ODD_IDS.length, undefined, { setBack: 0 });

/** A policy as it is, or with what matters to a test. */
type Change = (policy: RoomPolicy) => RoomPolicy;
const asItIs: Change = (policy) => policy;
/** Space and speed are no matter. */
const generous: Change = (policy) => ({ ...policy, messagesPerSecond: 1e9, waiting: PLENTY });
const tight: Change = (policy) => ({ ...generous(policy), waiting: LITTLE });
const slow: Change = (policy) => ({ ...generous(policy), messagesPerSecond: 1 });
const roomy: Change = (policy) => ({ ...policy, waiting: PLENTY });
const inRealm: Change = (policy) => ({ ...policy, ...REALM });

/** What happened in one simulation, and under which rules. */
interface History {
  readonly events: readonly Event[];
  readonly policy: RoomPolicy;
}

type Actions = fc.Arbitrary<readonly Action[]>;
type Input = readonly [readonly Action[], RoomPolicy];

/** More than this would be too much to remember. */
const MOST_SHARED = 600;

/** The first inputs of each kind, and those histories that several tests look at: made once for all. */
const inputs = new Map<Actions, readonly Input[]>();
const histories = new Map<Actions, Map<Change, History[]>>();

function* sharedHistories(count: number, actions: Actions, change: Change): Iterable<History> {
  let made = inputs.get(actions);
  if (made === undefined) {
    made = fc.sample(fc.tuple(actions, policies), { ...fuzzing(1), numRuns: MOST_SHARED });
    inputs.set(actions, made);
  }
  const byChange = histories.get(actions) ?? new Map<Change, History[]>();
  histories.set(actions, byChange);
  const known = byChange.get(change) ?? [];
  byChange.set(change, known);
  for (const [index, [actions, original]] of made.slice(0, count).entries()) {
    const policy = change(original);
    const history = known[index] ?? { events: simulate(actions, policy, ODD_IDS), policy };
    if (change === asItIs || change === generous) known[index] = history;
    yield history;
  }
}

/** Asserts what must hold in every history. */
function always(
  runs: number,
  check: (events: readonly Event[], policy: RoomPolicy) => void,
  { actions = anyActions, change = asItIs }: { actions?: Actions; change?: Change } = {},
): void {
  const parameters = fuzzing(runs);
  const assertAnew = () =>
    fc.assert(
      fc.property(actions, policies, (actions, original) => {
        const policy = change(original);
        check(simulate(actions, policy, ODD_IDS), policy);
      }),
      parameters,
    );
  const isShared = actions === anyActions || actions === steadyActions;
  if (!isShared || parameters.numRuns > MOST_SHARED) {
    assertAnew();
    return;
  }
  try {
    for (const { events, policy } of sharedHistories(runs, actions, change)) check(events, policy);
  } catch (error) {
    // Finds the shortest history that fails, and says so.
    assertAnew();
    throw error;
  }
}

describe('whatever clients send, and whatever happens to sockets, clock and memory', () => {
  it('no exception leaves the room', () => {
    always(350, (events) => {
      for (const event of events) if (event.kind === 'escaped') throw event.error;
    });
  });

  it('no frame reaches anybody but its dst, and only on the connection that speaks for it', () => {
    always(350, (events) => {
      for (const event of events) {
        if (event.kind !== 'got') continue;
        const { by, frame, isSpeaker } = event;
        expect(isSpeaker).toBe(true);
        if (frame.dst !== undefined) expect(frame.dst).toBe(by.claim.id);
        else expect(['OPEN', 'ERROR', 'LEAVE', 'ROOM']).toContain(frame.type);
      }
    });
  });

  it('a connection that speaks for nobody causes no frame', () => {
    let spoken = 0;
    always(350, (events) => {
      for (const event of events) {
        if (event.kind !== 'got' || !isSpeech(event.during?.action)) continue;
        spoken += 1;
        expect(event.during?.wasSpeaker).toBe(true);
      }
    });
    expect(spoken).toBeGreaterThan(1000);
  });

  it('no frame comes before OPEN, and none after ERROR, which the close follows', () => {
    let errors = 0;
    always(350, (events) => {
      const opened = new Set<FakeConnection>();
      const refused = new Set<FakeConnection>();
      const closed = new Set<FakeConnection>();
      for (const event of events) {
        if (event.kind === 'closed' && event.code === 1008) closed.add(event.connection);
        if (event.kind !== 'got') continue;
        const { by, frame } = event;
        expect(frame.type === 'OPEN').toBe(!opened.has(by));
        expect(refused.has(by)).toBe(false);
        if (frame.type === 'ERROR') refused.add(by);
        opened.add(by);
      }
      expect([...refused].filter((it) => !closed.has(it))).toEqual([]);
      errors += refused.size;
    });
    expect(errors).toBeGreaterThan(0);
  });

  it('src is always the id of the one who sent it', () => {
    always(350, (events) => {
      const said = new Map<number, Said>();
      for (const event of events) {
        if (event.kind === 'said') said.set(event.said.number, event.said);
        if (event.kind !== 'got') continue;
        expect(event.frame.src).not.toBe(FORGED_SRC);
        const number = numberOf(event);
        if (number === undefined) continue;
        const { src, dst, type } = event.frame;
        expect({ number, src, dst, type }).toEqual(said.get(number));
      }
    });
  });

  it('what the server sends is well-formed Unicode, as the text of a WebSocket must be', () => {
    always(200, (events) => {
      for (const event of events) {
        if (event.kind === 'got') expect(event.text.isWellFormed()).toBe(true);
      }
    });
  });

  it("no peer's socket is closed but for what it did itself", () => {
    const codes = new Set<number>();
    always(600, (events, { aliveTimeout, messagesPerSecond }) => {
      for (const event of events) {
        if (event.kind !== 'closed') continue;
        const { code, connection, during, silence, wasSpeaker, unanswered = 0 } = event;
        const { claim } = connection;
        codes.add(code);
        switch (code) {
          case 1000: // It gave up its id and did not go.
            expect(wasSpeaker).toBe(false);
            break;
          case 1008: // It broke the rules, just now.
            expect(during?.actor).toBe(connection);
            break;
          case 4000: // The same id has come on a newer socket, with a right to it.
            expect(during?.action.do).toBe('join');
            expect(during?.actor.claim.id).toBe(claim.id);
            expect(during?.actor.claim.token === claim.token || during?.actor.claim.isOwner).toBe(
              true,
            );
            break;
          case 4001: // It was silent, or nobody at all, which others cannot bring about.
            if (during?.action.do === 'join' && (unanswered >= 5000 || messagesPerSecond === 1)) {
              break;
            }
            expect(silence).toBeGreaterThan(aliveTimeout);
            break;
          case 4002: // It does not read.
            expect(silence).toBeGreaterThan(10_000);
            break;
          default:
            throw new Error(`closed with ${code}`);
        }
      }
    });
    expect(codes).toContain(1000);
    expect(codes).toContain(1008);
    expect(codes).toContain(4000);
    expect(codes).toContain(4001);
  });

  it('a peer that gives a sign of life stays listed, and only those who are there are listed', () => {
    always(350, checkListing);
  });

  it('a sign of life is not forgotten by hibernating, however often', () => {
    const sleepy = actionsOf(1, undefined, {
      wait: 30,
      hibernate: 20,
      disconnect: 0,
      break: 0,
      die: 0,
    });
    always(500, checkListing, { actions: sleepy });
  });

  it('the seats never exceed the capacity, and are counted as they are', () => {
    always(350, (events) => {
      for (const event of events) {
        if (event.kind !== 'step') continue;
        expect(event.seats.size).toBeLessThanOrEqual(CAPACITY);
        expect(event.size).toBe(event.seats.size);
      }
    });
  });

  it('nobody is refused while a seat is free or can be had, nor an id that nobody holds', () => {
    const reasons = new Set<string>();
    always(350, (events) => {
      let mute = 0;
      for (const event of events) {
        if (event.kind === 'ended') mute += 1;
        if (event.kind !== 'refused') continue;
        const { reason, speakers, away, claim } = event;
        reasons.add(reason);
        if (reason === 'room-full') {
          expect(away.length === 0 || mute >= CAPACITY + MAX_MUTE).toBe(true);
          expect(speakers.size === CAPACITY || mute >= CAPACITY + MAX_MUTE).toBe(true);
          expect(speakers.has(claim.id)).toBe(false);
        } else {
          const isOwnedAway = away.some(({ id, isOwner }) => id === claim.id && isOwner);
          expect({ reason, isHeld: speakers.has(claim.id) || isOwnedAway }).toEqual({
            reason: 'id-taken',
            isHeld: true,
          });
        }
      }
    });
    expect(reasons).toEqual(new Set(['room-full', 'id-taken']));
  });

  it('a peer that has a seat and comes back with the same token is let in, three times a minute', () => {
    const check = (events: readonly Event[]) => {
      for (const event of events) {
        if (event.kind !== 'refused') continue;
        const { claim, speakers, away, recentJoins } = event;
        const holder = speakers.get(claim.id)?.claim ?? away.find(({ id }) => id === claim.id);
        if (holder?.token === claim.token) expect(recentJoins).toBeGreaterThanOrEqual(3);
      }
    };
    always(350, check, { actions: steadyActions });
  });

  it('LEAVE is said of nobody whose page lives on or who may still come back', () => {
    let told = 0;
    always(600, (events) => {
      for (const event of events) {
        if (event.kind !== 'told') continue;
        told += 1;
        expect(event).toMatchObject({ fault: undefined });
      }
    });
    expect(told).toBeGreaterThan(500);
  });

  it('nobody hears LEAVE in a realm', () => {
    const check = (events: readonly Event[]) => {
      expect(events.filter(({ kind }) => kind === 'told')).toEqual([]);
    };
    always(200, check, { change: inRealm });
  });

  it('everybody who stays hears LEAVE of each page that is gone', () => {
    always(500, checkEveryLeaveIsTold, { actions: steadyActions, change: generous });
  });

  it('nobody is told at once, twice in a second, that the same peer is not there', () => {
    let told = 0;
    const check = (events: readonly Event[]) => {
      const seen = new Set<string>();
      for (const event of events) {
        if (event.kind !== 'got' || event.frame.type !== 'EXPIRE') continue;
        if (numberOf(event) !== undefined || event.during?.actor !== event.by) continue;
        if (!isSpeech(event.during.action)) continue;
        const key = JSON.stringify([event.second, event.by.claim.id, event.frame.src]);
        expect({ key, isAgain: seen.has(key) }).toEqual({ key, isAgain: false });
        seen.add(key);
        told += 1;
      }
    };
    always(300, check, { change: roomy });
    expect(told).toBeGreaterThan(100);
  });

  it('nothing is pending once all is over', () => {
    always(350, (events) => {
      expect(events.at(-1)).toEqual({ kind: 'finished', pending: [] });
    });
  });
});

describe('the messages of one peer to another', () => {
  it('arrive on each connection once, in the order in which they were sent', () => {
    always(500, (events) => {
      const last = new Map<FakeConnection, Map<string, number>>();
      for (const event of events) {
        const number = numberOf(event);
        if (event.kind !== 'got' || number === undefined) continue;
        const { src = '' } = event.frame;
        const bySrc = last.get(event.by) ?? new Map<string, number>();
        expect(number).toBeGreaterThan(bySrc.get(src) ?? 0);
        bySrc.set(src, number);
        last.set(event.by, bySrc);
      }
    });
  });

  it('are never delivered again to one that was heard after them', () => {
    let again = 0;
    always(400, (events) => {
      /** By connection, what it got and has not answered with any sign of life that the room saw. */
      const unheard = new Map<FakeConnection, Set<number>>();
      const heard = new Set<number>();
      for (const event of events) {
        if (event.kind === 'said' || event.kind === 'hostile') {
          for (const number of unheard.get(event.by) ?? []) heard.add(number);
        }
        const number = numberOf(event);
        if (event.kind !== 'got' || number === undefined) continue;
        expect({ number, wasHeard: heard.has(number) }).toEqual({ number, wasHeard: false });
        if ([...unheard.values()].some((numbers) => numbers.has(number))) again += 1;
        const numbers = unheard.get(event.by) ?? new Set<number>();
        unheard.set(event.by, numbers.add(number));
      }
    });
    expect(again).toBeGreaterThan(10);
  });

  const steady = { actions: steadyActions, change: generous };

  it('are each delivered or expired', () => {
    always(600, checkEveryMessageEnds, steady);
  });

  it('are each delivered or expired, though others are hostile', () => {
    // A hostile frame may leave an id, or get its sender closed, but not lose a message.
    const actions = actionsOf(ODD_IDS.length, hostileFrame(ODD_IDS, MAX_BYTES), { setBack: 0 });
    always(200, checkEveryMessageEnds, { actions, change: generous });
  });

  it('are each delivered or expired where there is little space for them to wait', () => {
    always(400, checkEveryMessageEnds, { actions: steadyActions, change: tight });
  });

  it('are each delivered or expired where their sender is too fast', () => {
    always(300, checkEveryMessageEnds, { actions: steadyActions, change: slow });
  });

  it('are each delivered or expired though the clock is set back', () => {
    const actions = actionsOf(ODD_IDS.length, undefined, { setBack: 10, die: 0 });
    always(400, checkEveryMessageEnds, { actions, change: generous });
  });
});

it('an id is only a name: peers called __proto__ and the like fare as all others do', () => {
  const plain = ['alice', 'bob', 'carol', 'dave', 'eve', 'mallory'];
  const odd = ['__proto__', 'constructor', 'toString', '../alice', '%2e%2e', 'hasOwnProperty'];
  fc.assert(
    fc.property(steadyActions, policies.map(generous), (actions, policy) => {
      expect(heard(actions, policy, odd)).toEqual(heard(actions, policy, plain));
    }),
    fuzzing(200),
  );
});

it('all of this was seen by at least 100,000 frames', () => {
  expect(framesReceived).toBeGreaterThanOrEqual(100_000 * FUZZ_FACTOR);
});

function isSpeech(action: Action | undefined): boolean {
  return action?.do === 'say' || action?.do === 'send' || action?.do === 'flood';
}

function checkListing(events: readonly Event[], { aliveTimeout }: RoomPolicy): void {
  for (const event of events) {
    if (event.kind !== 'step') continue;
    const { listed, speakers } = event;
    expect(listed.filter((id) => !speakers.has(id))).toEqual([]);
    // Silence says nothing of those who never send heartbeats.
    const alive = [...speakers].filter(
      ([, { silence, sendsHeartbeats }]) => silence <= aliveTimeout || !sendsHeartbeats,
    );
    expect(alive.filter(([id]) => !listed.includes(id))).toEqual([]);
  }
}

/** What everybody got, with the ids replaced by their numbers. */
function heard(actions: readonly Action[], policy: RoomPolicy, ids: readonly string[]): unknown[] {
  const numberOfId = (id: string | undefined) => (id === undefined ? undefined : ids.indexOf(id));
  return simulate(actions, policy, ids).flatMap((event) => {
    if (event.kind !== 'got') return [];
    const { type, src, dst, payload } = event.frame;
    return [[numberOfId(event.by.claim.id), type, numberOfId(src), numberOfId(dst), payload]];
  });
}

/** The number of a message that `simulate` follows. */
function numberOf(event: Event): number | undefined {
  if (event.kind !== 'got') return undefined;
  const { payload } = event.frame as { payload?: { number?: unknown } | null };
  const number = payload?.number;
  return typeof number === 'number' ? number : undefined;
}

/** Follows who is told of whom that it has left, where that was not before they came. */
function checkEveryLeaveIsTold(events: readonly Event[], { tellsWhoLeft }: RoomPolicy): void {
  if (!tellsWhoLeft) return;
  /** By connection, who was gone while it was there, and it was not told. */
  const owed = new Map<FakeConnection, Set<string>>();
  const present = new Set<FakeConnection>();
  for (const event of events) {
    if (event.kind === 'ended') {
      const { connection, how } = event;
      present.delete(connection);
      owed.delete(connection);
      if (how !== 'gone' && how !== 'reloaded') continue;
      for (const other of present) {
        owed.set(other, (owed.get(other) ?? new Set()).add(connection.claim.id));
      }
    } else if (event.kind === 'got') {
      const { type, src = '', dst } = event.frame;
      if (type === 'OPEN') present.add(event.by);
      if (type === 'LEAVE' && dst === undefined) owed.get(event.by)?.delete(src);
    } else if (event.kind === 'step') {
      for (const [connection, gone] of owed) {
        if (connection.isBroken) continue;
        expect([...gone]).toEqual([]);
      }
    }
  }
}

/**
 * Follows every offer, answer and candidate to its end. An EXPIRE stands for all messages of its pair
 * that are on their way, and for those of the same second, as it comes but once. An offer must have
 * one or the other. Nobody is told where the sender itself has gone, or the receiver went of itself.
 */
function checkEveryMessageEnds(events: readonly Event[]): void {
  interface Open extends Said {
    readonly by: FakeConnection;
    /** The dead connection that it went into. */
    swallowedBy?: FakeConnection;
  }
  const open = new Map<number, Open>();
  /** Which peer was told that which other is not there, with the second in which it was told. */
  const told = new Map<string, string>();
  /** The pairs of a sender and a receiver of messages. */
  const spoken = new Set<string>();
  const hostile = new Set<string>();
  const pairOf = (src: string, dst: unknown) => JSON.stringify([src, dst]);
  let current: Open | undefined;

  for (const event of events) {
    switch (event.kind) {
      case 'said': {
        const { number, type, src, dst } = event.said;
        spoken.add(pairOf(src, dst));
        if (type !== 'OFFER' || dst === '') break;
        current = { ...event.said, by: event.by };
        open.set(number, current);
        break;
      }
      case 'hostile':
        hostile.add(event.by.claim.id);
        break;
      case 'got': {
        const number = numberOf(event);
        if (number !== undefined) {
          const message = open.get(number);
          if (message === undefined) break;
          if (event.isSwallowed) message.swallowedBy = event.by;
          else open.delete(number);
        } else if (event.frame.type === 'EXPIRE') {
          const { src: absent } = event.frame;
          const sender = event.by.claim.id;
          const isDue = spoken.has(pairOf(sender, absent)) || hostile.has(sender);
          expect({ sender, absent, isDue }).toMatchObject({ isDue: true });
          told.set(pairOf(sender, absent), event.second);
          for (const [number, { src, dst }] of open) {
            if (src === sender && dst === absent) open.delete(number);
          }
        }
        break;
      }
      case 'ended': {
        const { connection, how, isForNewcomer } = event;
        const isKept = how === 'replaced' || (how === 'lost' && !isForNewcomer);
        for (const [number, { src, swallowedBy }] of open) {
          if (src === connection.claim.id && how !== 'replaced') open.delete(number);
          // Those who called it get LEAVE, where there is one.
          if (swallowedBy === connection && !isKept) open.delete(number);
        }
        break;
      }
      case 'failed':
        // Its sender may not hear what it is told.
        for (const [number, { src }] of open) {
          if (src === event.connection.claim.id) open.delete(number);
        }
        break;
      case 'hibernated':
        // Only what was sent to a dead socket before is not known any more.
        for (const [number, { swallowedBy }] of open) {
          expect(swallowedBy).toBeDefined();
          open.delete(number);
        }
        break;
      case 'step': {
        // It was dropped in a second in which its sender has been told already.
        if (current !== undefined && open.has(current.number)) {
          const { number, src, dst, swallowedBy } = current;
          const isTold = told.get(pairOf(src, dst)) === event.second;
          if (isTold && swallowedBy === undefined) open.delete(number);
        }
        current = undefined;
        break;
      }
      case 'finished': {
        const lost = [...open.values()].map(({ number, src, dst }) => ({ number, src, dst }));
        expect(lost).toEqual([]);
        break;
      }
    }
  }
}
