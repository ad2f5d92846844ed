import { expect, it } from 'vitest';
import {
  expireFrame,
  HEARTBEAT,
  HEARTBEAT_ANSWER,
  leaveFrame,
  OPEN,
  relayFrame,
} from './messages.ts';

it('writes the frames without fields as PeerJS has them', () => {
  expect(OPEN).toBe('{"type":"OPEN"}');
  expect(HEARTBEAT).toBe('{"type":"HEARTBEAT"}');
  expect(HEARTBEAT_ANSWER).toBe('{"type":"LEAVE"}');
});

it('makes an EXPIRE look as if the absent peer had sent it', () => {
  expect(JSON.parse(expireFrame('ann', 'nobody'))).toEqual({
    type: 'EXPIRE',
    src: 'nobody',
    dst: 'ann',
  });
});

it('names in a LEAVE who is gone', () => {
  expect(JSON.parse(leaveFrame('ann'))).toEqual({ type: 'LEAVE', src: 'ann' });
});

it('passes any payload on as it came', () => {
  for (const payload of [null, 0, '', false, 'Zoë 🎲 \u2028', [], { deep: [{ __proto__: 1 }] }]) {
    const frame = relayFrame({ type: 'OFFER', dst: 'bob', payload, text: undefined }, 'ann');
    expect(JSON.parse(String(frame))).toEqual({ type: 'OFFER', src: 'ann', dst: 'bob', payload });
  }
});

it('passes a frame on as it came where it may, with src in front', () => {
  const text = '{ "dst":"bob", "type":"OFFER", "payload":{"sdp":1.50} }';
  const payload = { sdp: 1.5 };
  expect(relayFrame({ type: 'OFFER', dst: 'bob', payload, text }, 'ann "the" 1st')).toBe(
    '{"src":"ann \\"the\\" 1st", "dst":"bob", "type":"OFFER", "payload":{"sdp":1.50} }',
  );
});

it('leaves the payload out where there is none', () => {
  const frame = relayFrame(
    { type: 'LEAVE', dst: 'bob', payload: undefined, text: undefined },
    'ann',
  );
  expect(JSON.parse(String(frame))).toEqual({ type: 'LEAVE', src: 'ann', dst: 'bob' });
});

it('has no frame for a payload too deep to be written again, though it could be read', () => {
  const payload: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(
    relayFrame({ type: 'OFFER', dst: 'bob', payload, text: undefined }, 'ann'),
  ).toBeUndefined();
});
