import { expect, it } from 'vitest';
import { isRefusalReason, refusalFrame, refusalSentence } from './refusals.ts';
import { ROOM_REFUSALS, roomRefusalSentence } from './roomRefusals.ts';

// Programs compare these sentences, so they are the official server's (`peer` 1.0.2) to the letter.
it.each([
  ['missing-parameters', 'No id, token, or key supplied to websocket server'],
  ['invalid-key', 'Invalid key provided'],
  ['invalid-token', 'Invalid token provided'],
  ['realm-full', 'Server has reached its concurrent user limit'],
] as const)(
  'says %s in the words of the official server, and in ours for programs',
  (type, msg) => {
    expect(JSON.parse(refusalFrame(type))).toEqual({ type: 'ERROR', payload: { msg, type } });
  },
);

it.each(['room-full', 'invalid-id', 'invalid-path'] as const)(
  'says %s in a sentence of its own',
  (type) => {
    expect(JSON.parse(refusalFrame(type))).toEqual({
      type: 'ERROR',
      payload: { msg: expect.stringMatching(/\w+ \w+/), type },
    });
  },
);

it('says a reason on a socket in the sentence that it has by HTTP', () => {
  for (const type of ROOM_REFUSALS) {
    if (isRefusalReason(type)) expect(refusalSentence(type)).toBe(roomRefusalSentence(type));
  }
});

it('says that an id is taken in the frame that PeerJS reports as unavailable-id', () => {
  expect(refusalFrame('id-taken')).toBe('{"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}');
});

it('knows its reasons from other texts', () => {
  expect(isRefusalReason('room-full')).toBe(true);
  for (const text of ['', 'Internal error', 'toString', '__proto__', 'constructor']) {
    expect(isRefusalReason(text)).toBe(false);
  }
});
