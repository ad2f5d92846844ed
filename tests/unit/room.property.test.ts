import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RoomPolicy } from '../../src/room/Room.ts';
import { FUZZ_FACTOR, fuzzing } from '../support/fuzzing.ts';
import { FORGED_SRC, hostileFrame, ODD_IDS } from '../support/hostileFrames.ts';
import {
  type Action,
  actionsOf,
  type Event,
  framesReceived,
  type Said,
  simulate,
} from '../support/roomWorld.ts';

const MAX_BYTES = 60_000;
const CAPACITY = 3;
const PLENTY = { timeout: 5000, messagesPerPeer: 100_000, size: 1e9 };

/** Rooms and realms, with limits that matter and limits that are out of the way. */
const policy: fc.Arbitrary<RoomPolicy> = fc.record({
  capacity: fc.constant(CAPACITY),
  refusalWhenFull: fc.constant('room-full' as const),
  leaveGrace: fc.constantFrom(4000, 4000, 0, 'off' as const),
  aliveTimeout: fc.constant(90_000),
  waiting: fc.constantFrom(PLENTY, { timeout: 5000, messagesPerPeer: 3, size: 2000 }),
  messagesPerSecond: fc.constantFrom(1e9, 5),
  maxMessageBytes: fc.constant(MAX_BYTES),
});
/** Space and speed are no matter. What waits may do so for longer than a grace, or not as long. */
const generous = fc
  .tuple(policy, fc.constantFrom(5000, 1000))
  .map(([it, timeout]) => ({ ...it, messagesPerSecond: 1e9, waiting: { ...PLENTY, timeout } }));

const honestActions = actionsOf(ODD_IDS.length);
const anyActions = actionsOf(ODD_IDS.length, hostileFrame(ODD_IDS, MAX_BYTES));

/** Asserts what must hold in every history. */
function always(
  runs: number,
  check: (events: readonly Event[], policy: RoomPolicy) => void,
  { actions = anyActions, policies = policy } = {},
): void {
  fc.assert(
    fc.property(actions, policies, (actions, policy) => {
      check(simulate(actions, policy, ODD_IDS), policy);
    }),
    fuzzing(runs),
  );
}

describe('whatever clients send, and whatever happens to their sockets', () => {
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
        else expect(['OPEN', 'ERROR', 'LEAVE']).toContain(frame.type);
      }
    });
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
    always(350, (events, { aliveTimeout }) => {
      for (const event of events) {
        if (event.kind !== 'closed') continue;
        const { code, connection, during, silence } = event;
        const { claim } = connection;
        switch (code) {
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
          case 4001: // It was silent, which nobody else can bring about.
            expect(silence).toBeGreaterThan(aliveTimeout);
            break;
          default:
            throw new Error(`closed with ${code}`);
        }
      }
    });
  });

  it('a peer that gives a sign of life stays listed, and only those who are there are listed', () => {
    always(350, checkListing);
  });

  it('a sign of life is not forgotten by hibernating, however often', () => {
    const sleepy = actionsOf(1, undefined, { wait: 30, hibernate: 20, disconnect: 0, break: 0 });
    always(500, checkListing, { actions: sleepy });
  });

  it('the seats never exceed the capacity, and nobody is refused while one is free', () => {
    always(350, (events) => {
      for (const event of events) {
        if (event.kind === 'step') expect(event.seats.size).toBeLessThanOrEqual(CAPACITY);
        if (event.kind !== 'refused') continue;
        const { reason, seats, claim } = event;
        if (reason === 'room-full') expect(seats.size).toBe(CAPACITY);
        else
          expect({ reason, isHeld: seats.has(claim.id) }).toEqual({
            reason: 'id-taken',
            isHeld: true,
          });
      }
    });
  });

  it('nobody is told that a peer is absent or gone while it may still come back', () => {
    const check = (events: readonly Event[]) => {
      for (const event of events) {
        if (event.kind !== 'got' || !event.isSrcInGrace) continue;
        const { type, dst } = event.frame;
        const isWordOfTheServer =
          numberOf(event) === undefined &&
          (type === 'EXPIRE' || (type === 'LEAVE' && dst === undefined));
        expect(isWordOfTheServer ? event.frame : undefined).toBeUndefined();
      }
    };
    always(300, check, { policies: generous });
  });

  it('whoever has a seat and comes back with the same token is let in', () => {
    always(200, (events) => {
      for (const event of events) {
        if (event.kind !== 'refused') continue;
        expect(event.seats.get(event.claim.id)?.token).not.toBe(event.claim.token);
      }
    });
  });
});

describe('the messages of one peer to another', () => {
  it('arrive in the order in which they were sent', () => {
    always(300, (events) => {
      const last = new Map<string, number>();
      for (const event of events) {
        const number = numberOf(event);
        if (event.kind !== 'got' || number === undefined) continue;
        const pair = JSON.stringify([event.frame.src, event.frame.dst]);
        expect(number).toBeGreaterThan(last.get(pair) ?? 0);
        last.set(pair, number);
      }
    });
  });

  it('are each delivered once or expired once', () => {
    always(500, checkEveryMessageEnds, { actions: honestActions, policies: generous });
  });

  it('are each delivered once or expired once, whoever is hostile beside them', () => {
    // A hostile frame may leave an id, or get its sender closed, but not lose a message.
    always(200, checkEveryMessageEnds, { policies: generous });
  });

  it('are each delivered once or expired once where there is little space for them to wait', () => {
    const tight = policy.map((it) => ({
      ...it,
      leaveGrace: 'off' as const,
      messagesPerSecond: 1e9,
      waiting: { timeout: 5000, messagesPerPeer: 3, size: 2000 },
    }));
    always(300, checkEveryMessageEnds, { actions: honestActions, policies: tight });
  });
});

it('an id is only a name: peers called __proto__ and the like fare as all others do', () => {
  const plain = ['alice', 'bob', 'carol', 'dave', 'eve', 'mallory'];
  const odd = ['__proto__', 'constructor', 'toString', '../alice', '%2e%2e', 'hasOwnProperty'];
  fc.assert(
    fc.property(honestActions, generous, (actions, policy) => {
      expect(heard(actions, policy, odd)).toEqual(heard(actions, policy, plain));
    }),
    fuzzing(200),
  );
});

it('all of this was seen by at least 100,000 frames', () => {
  expect(framesReceived).toBeGreaterThanOrEqual(100_000 * FUZZ_FACTOR);
});

function checkListing(events: readonly Event[], { aliveTimeout }: RoomPolicy): void {
  for (const event of events) {
    if (event.kind !== 'step') continue;
    const { listed, speakers } = event;
    expect(listed.filter((id) => !speakers.has(id))).toEqual([]);
    const alive = [...speakers].filter(([, silence]) => silence <= aliveTimeout);
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

/**
 * Follows every message that expires if it is not delivered. An EXPIRE stands for all messages of
 * its pair that are still on their way; there must be one. Only who is gone is told nothing.
 */
function checkEveryMessageEnds(events: readonly Event[]): void {
  const open = new Map<string, Set<number>>();
  const senderIsGone = new Set<number>();
  const ofPair = (src: string, dst: string) => {
    const pair = JSON.stringify([src, dst]);
    const numbers = open.get(pair) ?? new Set<number>();
    open.set(pair, numbers);
    return numbers;
  };
  const expires = new Map<number, boolean>();
  /** Who has sent frames that are not followed, and may expire too. */
  const hostile = new Set<string>();
  for (const event of events) {
    if (event.kind === 'said') {
      const { number, type, src, dst } = event.said;
      const expirable = type === 'OFFER' || type === 'ANSWER' || type === 'CANDIDATE';
      expires.set(number, expirable);
      if (expirable && dst !== '') ofPair(src, dst).add(number);
    } else if (event.kind === 'hostile') {
      hostile.add(event.src);
    } else if (event.kind === 'gone') {
      for (const [pair, numbers] of open) {
        const [src] = JSON.parse(pair) as [string];
        if (src === event.id) for (const number of numbers) senderIsGone.add(number);
      }
    } else if (event.kind === 'got') {
      const { type, src = '', dst = '' } = event.frame;
      const number = numberOf(event);
      if (number !== undefined) {
        const wasOpen = ofPair(src, dst).delete(number);
        if (expires.get(number)) expect({ number, wasOpen }).toEqual({ number, wasOpen: true });
      } else if (type === 'EXPIRE') {
        const numbers = ofPair(dst, src);
        const isDue = numbers.size > 0 || hostile.has(dst);
        expect({ sender: dst, absent: src, isDue }).toMatchObject({ isDue: true });
        numbers.clear();
      }
    }
  }
  const lost = [...open].flatMap(([pair, numbers]) =>
    [...numbers].filter((it) => !senderIsGone.has(it)).map((number) => ({ pair, number })),
  );
  expect(lost).toEqual([]);
}
