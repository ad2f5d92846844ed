import { expect, it } from 'vitest';
import type { Message } from './Message.ts';
import { type WaitingLimits, WaitingMessages } from './WaitingMessages.ts';

/** What a message takes beside two bytes for each character. */
const OVERHEAD = 256;

const LIMITS: WaitingLimits = { timeout: 5000, messagesPerPair: 3, bytes: 1_000_000 };

class Waiting extends WaitingMessages {
  constructor(limits: Partial<WaitingLimits> = {}) {
    super({ ...LIMITS, ...limits });
  }

  /** @param sender undefined: nobody awaits the message. */
  put(dst: string, sender: string | undefined, frame: string, now = 0) {
    return this.add({ type: 'OFFER', dst, awaiting: sender, frame, since: now }, now);
  }
}

function framesOf(messages: readonly Message[]): string[] {
  return messages.map(({ frame }) => frame);
}

/** A frame that takes so many bytes, all told. */
function frameOf(bytes: number): string {
  return 'a'.repeat((bytes - OVERHEAD) / 2);
}

it('hands over what waits for a peer in the order it came, once', () => {
  const waiting = new Waiting();
  waiting.put('x', 'ann', '1');
  waiting.put('y', 'ann', 'other');
  waiting.put('x', 'bob', '2');
  waiting.put('x', 'ann', '3');
  expect(framesOf(waiting.take('x'))).toEqual(['1', '2', '3']);
  expect(framesOf(waiting.take('x'))).toEqual([]);
  expect(framesOf(waiting.take('y'))).toEqual(['other']);
});

it('expires what waits for one peer together, and names each sender once', () => {
  const waiting = new Waiting();
  waiting.put('x', 'ann', '1', 0);
  waiting.put('x', 'bob', '2', 1000);
  waiting.put('x', 'ann', '3', 2000);
  expect(waiting.expire(4999)).toEqual([]);
  expect(waiting.expire(5000)).toEqual([
    { sender: 'ann', absent: 'x' },
    { sender: 'bob', absent: 'x' },
  ]);
  expect(waiting.expire(60_000)).toEqual([]);
  expect(framesOf(waiting.take('x'))).toEqual([]);
});

it('expires each peer in its time', () => {
  const waiting = new Waiting();
  waiting.put('x', 'ann', '1', 0);
  waiting.put('y', 'ann', '1', 1000);
  expect(waiting.nextDeadline).toBe(5000);
  expect(waiting.expire(5000)).toEqual([{ sender: 'ann', absent: 'x' }]);
  expect(waiting.nextDeadline).toBe(6000);
  expect(waiting.expire(6000)).toEqual([{ sender: 'ann', absent: 'y' }]);
  expect(waiting.nextDeadline).toBeUndefined();
});

it('has no deadline once all has been taken', () => {
  const waiting = new Waiting();
  waiting.put('x', 'ann', '1');
  waiting.take('x');
  expect(waiting.nextDeadline).toBeUndefined();
  expect(waiting.expire(60_000)).toEqual([]);
});

it('tells nobody of what nobody waits for', () => {
  const waiting = new Waiting();
  waiting.put('x', undefined, 'LEAVE');
  waiting.put('x', 'ann', 'OFFER');
  expect(waiting.expire(5000)).toEqual([{ sender: 'ann', absent: 'x' }]);
});

it('knows whether a sender has something waiting for a peer', () => {
  const waiting = new Waiting();
  expect(waiting.has('x', 'ann')).toBe(false);
  waiting.put('x', 'ann', '1');
  expect(waiting.has('x', 'ann')).toBe(true);
  expect(waiting.has('x', 'bob')).toBe(false);
  expect(waiting.has('y', 'ann')).toBe(false);
  waiting.expire(5000);
  expect(waiting.has('x', 'ann')).toBe(false);
});

it('keeps as many messages of a pair as it may', () => {
  const waiting = new Waiting({ messagesPerPair: 3 });
  for (const frame of ['1', '2', '3']) expect(waiting.put('x', 'ann', frame)).toEqual([]);
  expect(framesOf(waiting.take('x'))).toEqual(['1', '2', '3']);
});

it('drops all of a pair that has too many waiting, and nothing of any other', () => {
  const waiting = new Waiting({ messagesPerPair: 3 });
  waiting.put('x', 'bob', 'of bob');
  waiting.put('y', 'ann', 'for y');
  for (const frame of ['1', '2', '3']) waiting.put('x', 'ann', frame);
  expect(waiting.put('x', 'ann', '4')).toEqual([{ sender: 'ann', absent: 'x' }]);
  expect(waiting.has('x', 'ann')).toBe(false);
  expect(framesOf(waiting.take('x'))).toEqual(['of bob']);
  expect(framesOf(waiting.take('y'))).toEqual(['for y']);
  expect(waiting.nextDeadline).toBeUndefined();
});

it('counts what a message takes beside its text, so that many small ones are not for nothing', () => {
  const waiting = new Waiting({ bytes: 10 * OVERHEAD, messagesPerPair: 100 });
  for (let n = 0; n < 10; n += 1) expect(waiting.put('x', 'ann', '')).toEqual([]);
  expect(waiting.put('x', 'ann', '')).toEqual([{ sender: 'ann', absent: 'x' }]);
});

it('counts two bytes for each character', () => {
  const waiting = new Waiting({ bytes: 1000 });
  expect(waiting.put('x', 'ann', 'a'.repeat((1000 - OVERHEAD) / 2))).toEqual([]);
  waiting.take('x');
  expect(waiting.put('x', 'ann', 'a'.repeat((1000 - OVERHEAD) / 2 + 1))).toHaveLength(1);
});

it('makes room at the cost of the sender that takes most of it, not of who was first', () => {
  const waiting = new Waiting({ bytes: 10_000 });
  waiting.put('x', 'bob', frameOf(2000));
  waiting.put('x', 'ann', frameOf(3000));
  waiting.put('y', 'ann', frameOf(3000));
  expect(waiting.put('x', 'cid', frameOf(4000))).toEqual([{ sender: 'ann', absent: 'x' }]);
  expect(framesOf(waiting.take('x'))).toHaveLength(2);
  expect(framesOf(waiting.take('y'))).toHaveLength(1);
});

it('takes from a flood alone what the flood needs, however many wait beside it', () => {
  const waiting = new Waiting({ bytes: 20_000, messagesPerPair: 1000 });
  for (const caller of ['a', 'b', 'c', 'd']) waiting.put('host', caller, frameOf(2000));
  const dropped = Array.from({ length: 500 }, (_, n) =>
    waiting.put(`nobody ${n % 7}`, 'flood', frameOf(1000)),
  ).flat();
  expect(dropped.length).toBeGreaterThan(10);
  expect(new Set(dropped.map(({ sender }) => sender))).toEqual(new Set(['flood']));
  expect(framesOf(waiting.take('host'))).toHaveLength(4);
});

it('drops as many of the largest as it has to', () => {
  const waiting = new Waiting({ bytes: 10_000 });
  waiting.put('x', 'ann', frameOf(4000));
  waiting.put('y', 'bob', frameOf(5000));
  expect(waiting.put('z', 'cid', frameOf(9000))).toEqual([{ sender: 'cid', absent: 'z' }]);
  expect(waiting.put('z', 'cid', frameOf(1000))).toEqual([]);
  expect(waiting.put('w', 'dan', frameOf(4000))).toEqual([{ sender: 'bob', absent: 'y' }]);
});

it('drops several pairs of the largest where one is not enough', () => {
  const waiting = new Waiting({ bytes: 8000 });
  waiting.put('x', 'ann', frameOf(1000));
  waiting.put('y', 'ann', frameOf(3000));
  waiting.put('z', 'ann', frameOf(2000));
  expect(waiting.put('x', 'cid', frameOf(4500))).toEqual([
    { sender: 'ann', absent: 'x' },
    { sender: 'ann', absent: 'y' },
  ]);
  expect(framesOf(waiting.take('x'))).toHaveLength(1);
  expect(framesOf(waiting.take('z'))).toHaveLength(1);
});

it('drops a message that alone is more than may wait', () => {
  const waiting = new Waiting({ bytes: 1000 });
  expect(waiting.put('x', 'ann', frameOf(1002))).toEqual([{ sender: 'ann', absent: 'x' }]);
  expect(framesOf(waiting.take('x'))).toEqual([]);
});

it.each([
  ['taken', (waiting: WaitingMessages) => waiting.take('x')],
  ['expired', (waiting: WaitingMessages) => waiting.expire(5000)],
] as const)('counts no longer what has been %s', (_, empty) => {
  const waiting = new Waiting({ bytes: 1000 });
  for (let round = 0; round < 10; round += 1) {
    expect(waiting.put('x', 'ann', frameOf(1000))).toEqual([]);
    empty(waiting);
  }
});

it('counts no longer what has been dropped', () => {
  const waiting = new Waiting({ bytes: 1000, messagesPerPair: 1 });
  for (let round = 0; round < 10; round += 1) {
    expect(waiting.put('x', 'ann', frameOf(500))).toEqual([]);
    expect(waiting.put('x', 'ann', frameOf(500))).toHaveLength(1);
  }
});

it('drops one at a time of those that nobody awaits, since they may be of several senders', () => {
  const waiting = new Waiting({ messagesPerPair: 3 });
  for (const frame of ['1', '2', '3', '4', '5']) {
    expect(waiting.put('x', undefined, frame)).toEqual([]);
  }
  expect(framesOf(waiting.take('x'))).toEqual(['3', '4', '5']);
});

it('bounds the bytes of those that nobody awaits', () => {
  const waiting = new Waiting({ bytes: 3000, messagesPerPair: 100 });
  for (let n = 0; n < 5; n += 1) expect(waiting.put('x', undefined, frameOf(1000))).toEqual([]);
  expect(framesOf(waiting.take('x'))).toHaveLength(3);
});
