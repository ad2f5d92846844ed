import { expect, it } from 'vitest';
import { type WaitingMessage, WaitingMessages } from '../../../src/room/WaitingMessages.ts';

const LIMITS = { timeout: 5000, messagesPerPeer: 3, size: 100 };

function waitingMessages(limits: Partial<typeof LIMITS> = {}, inGrace: readonly string[] = []) {
  return new WaitingMessages({ ...LIMITS, ...limits }, (absent) => inGrace.includes(absent));
}

function framesOf(messages: readonly WaitingMessage<string>[]): string[] {
  return messages.map((message) => message.frame);
}

it('hands over what waits for a peer in the order it came, once', () => {
  const waiting = waitingMessages();
  waiting.add('x', 'ann', '1', 0);
  waiting.add('y', 'ann', 'other', 0);
  waiting.add('x', 'bob', '2', 0);
  waiting.add('x', 'ann', '3', 0);
  expect(framesOf(waiting.take('x'))).toEqual(['1', '2', '3']);
  expect(framesOf(waiting.take('x'))).toEqual([]);
  expect(framesOf(waiting.take('y'))).toEqual(['other']);
});

it('expires what waits for one peer together, and names each sender once', () => {
  const waiting = waitingMessages();
  waiting.add('x', 'ann', '1', 0);
  waiting.add('x', 'bob', '2', 1000);
  waiting.add('x', 'ann', '3', 2000);
  expect(waiting.expire(4999)).toEqual([]);
  expect(waiting.expire(5000)).toEqual([
    { sender: 'ann', absent: 'x' },
    { sender: 'bob', absent: 'x' },
  ]);
  expect(waiting.expire(60_000)).toEqual([]);
  expect(framesOf(waiting.take('x'))).toEqual([]);
});

it('expires each peer in its time', () => {
  const waiting = waitingMessages();
  waiting.add('x', 'ann', '1', 0);
  waiting.add('y', 'ann', '1', 1000);
  expect(waiting.nextDeadline).toBe(5000);
  expect(waiting.expire(5000)).toEqual([{ sender: 'ann', absent: 'x' }]);
  expect(waiting.nextDeadline).toBe(6000);
  expect(waiting.expire(6000)).toEqual([{ sender: 'ann', absent: 'y' }]);
  expect(waiting.nextDeadline).toBeUndefined();
});

it('has no deadline once all has been taken', () => {
  const waiting = waitingMessages();
  waiting.add('x', 'ann', '1', 0);
  waiting.take('x');
  expect(waiting.nextDeadline).toBeUndefined();
  expect(waiting.expire(60_000)).toEqual([]);
});

it('tells nobody of what nobody waits for', () => {
  const waiting = waitingMessages();
  waiting.add('x', undefined, 'LEAVE', 0);
  waiting.add('x', 'ann', 'OFFER', 0);
  expect(waiting.expire(5000)).toEqual([{ sender: 'ann', absent: 'x' }]);
});

it('expires nothing of a peer that must be waited for, and has no deadline for it', () => {
  const inGrace = ['x'];
  const waiting = waitingMessages({}, inGrace);
  waiting.add('x', 'ann', '1', 0);
  waiting.add('y', 'ann', '1', 1000);
  expect(waiting.nextDeadline).toBe(6000);
  expect(waiting.expire(6000)).toEqual([{ sender: 'ann', absent: 'y' }]);
  expect(waiting.nextDeadline).toBeUndefined();

  inGrace.pop();
  expect(waiting.nextDeadline).toBe(5000);
  expect(waiting.expire(6000)).toEqual([{ sender: 'ann', absent: 'x' }]);
});

it('keeps as many messages for a peer as it may', () => {
  const waiting = waitingMessages({ messagesPerPeer: 3 });
  for (const frame of ['1', '2', '3']) expect(waiting.add('x', 'ann', frame, 0)).toEqual([]);
  expect(framesOf(waiting.take('x'))).toEqual(['1', '2', '3']);
});

it('drops all of the oldest sender where one peer has too many waiting', () => {
  const waiting = waitingMessages({ messagesPerPeer: 3 });
  waiting.add('x', 'ann', 'a1', 0);
  waiting.add('x', 'bob', 'b1', 0);
  waiting.add('x', 'ann', 'a2', 0);
  expect(waiting.add('x', 'bob', 'b2', 0)).toEqual([{ sender: 'ann', absent: 'x' }]);
  expect(framesOf(waiting.take('x'))).toEqual(['b1', 'b2']);
});

it('drops what has just come too, where one sender alone has sent too many', () => {
  const waiting = waitingMessages({ messagesPerPeer: 3 });
  for (const frame of ['1', '2', '3']) waiting.add('x', 'ann', frame, 0);
  expect(waiting.add('x', 'ann', '4', 0)).toEqual([{ sender: 'ann', absent: 'x' }]);
  expect(framesOf(waiting.take('x'))).toEqual([]);
  expect(waiting.nextDeadline).toBeUndefined();
});

it('keeps what waits for other peers where one has too many', () => {
  const waiting = waitingMessages({ messagesPerPeer: 1 });
  waiting.add('y', 'ann', 'kept', 0);
  waiting.add('x', 'ann', '1', 0);
  waiting.add('x', 'ann', '2', 0);
  expect(framesOf(waiting.take('y'))).toEqual(['kept']);
});

it('drops the oldest pairs of all where too many characters wait', () => {
  const waiting = waitingMessages({ size: 100 });
  waiting.add('x', 'ann', 'a'.repeat(40), 0);
  waiting.add('y', 'bob', 'b'.repeat(40), 0);
  expect(waiting.add('z', 'cid', 'c'.repeat(20), 0)).toEqual([]);
  expect(waiting.add('z', 'cid', 'c'.repeat(41), 0)).toEqual([
    { sender: 'ann', absent: 'x' },
    { sender: 'bob', absent: 'y' },
  ]);
  expect(framesOf(waiting.take('x'))).toEqual([]);
  expect(framesOf(waiting.take('y'))).toEqual([]);
  expect(framesOf(waiting.take('z'))).toHaveLength(2);
});

it('drops a message that alone is more than may wait', () => {
  const waiting = waitingMessages({ size: 100 });
  expect(waiting.add('x', 'ann', 'a'.repeat(101), 0)).toEqual([{ sender: 'ann', absent: 'x' }]);
  expect(framesOf(waiting.take('x'))).toEqual([]);
});

it.each([
  ['taken', (waiting: WaitingMessages) => waiting.take('x')],
  ['expired', (waiting: WaitingMessages) => waiting.expire(5000)],
] as const)('counts no longer what has been %s', (_, empty) => {
  const waiting = waitingMessages({ size: 100 });
  for (let round = 0; round < 10; round += 1) {
    expect(waiting.add('x', 'ann', 'a'.repeat(100), 0)).toEqual([]);
    empty(waiting);
  }
});

it('counts no longer what has been dropped', () => {
  const waiting = waitingMessages({ size: 100, messagesPerPeer: 1 });
  for (let round = 0; round < 10; round += 1) {
    expect(waiting.add('x', 'ann', 'a'.repeat(40), 0)).toEqual([]);
    expect(waiting.add('x', 'ann', 'a'.repeat(40), 0)).toHaveLength(1);
  }
});

it('drops no more than one frame at a time of those that nobody awaits', () => {
  const waiting = waitingMessages();
  for (const frame of ['1', '2', '3', '4']) {
    expect(waiting.add('x', undefined, frame, 0)).toEqual([]);
  }
  expect(framesOf(waiting.take('x'))).toEqual(['2', '3', '4']);
});
