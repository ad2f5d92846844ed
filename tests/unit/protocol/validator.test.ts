import { describe, expect, it } from 'vitest';
import { MALFORMED, parseClientMessage, UNKNOWN_TYPE } from '../../../src/protocol/validator.ts';

describe('parseClientMessage', () => {
  it.each(['HEARTBEAT', 'OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE', 'EXPIRE'])('reads %s', (type) => {
    const text = JSON.stringify({ type, dst: 'bob', payload: [1] });
    expect(parseClientMessage(text)).toEqual({ type, dst: 'bob', payload: [1], text });
  });

  it.each(['{"type":"LEAVE"}', '{"type":"LEAVE","dst":null}', '{"type":"LEAVE","dst":""}'])(
    'reads %s as one that names nobody',
    (frame) => {
      expect(parseClientMessage(frame)).toMatchObject({ type: 'LEAVE', dst: '' });
    },
  );

  it('reads binary frames as UTF-8', () => {
    const { buffer } = new TextEncoder().encode('{"type":"OFFER","dst":"zoë"}');
    expect(parseClientMessage(buffer)).toMatchObject({ type: 'OFFER', dst: 'zoë' });
  });

  it('passes nothing on but type, dst and payload', () => {
    const message = parseClientMessage('{"type":"OFFER","dst":"bob","src":"eve","extra":1}');
    expect(message).toEqual({ type: 'OFFER', dst: 'bob', payload: undefined, text: undefined });
  });

  it.each([
    '{"type":"OFFER","payload":{"src":"eve","type":"ERROR"},"dst":"bob"}',
    '{"type":"OFFER", "dst" : "bob" }',
    '{"type":"OFFER","dst":"eve","dst":"bob"}',
  ])('finds that %s can travel as it is', (frame) => {
    expect(parseClientMessage(frame)).toMatchObject({ type: 'OFFER', dst: 'bob', text: frame });
  });

  it.each([
    '{"type":"OFFER","dst":"bob","src":"eve"}',
    '{"type":"OFFER","dst":"bob","\\u0073rc":"eve"}',
    '{"type":"OFFER","dst":"bob","__proto__":{"src":"eve"}}',
    '{"type":"OFFER","dst":"bob","src":null}',
    ' {"type":"OFFER","dst":"bob"}',
    '{"type":"ERROR","dst":"bob","type":"OFFER"}',
    '{"t\\u0079pe":"ERROR","dst":"bob","type":"OFFER"}',
    '{"dst":"bob","type":"OFFER"}',
  ])('finds that %s cannot travel as it is', (frame) => {
    expect(parseClientMessage(frame)).toMatchObject({ dst: 'bob', text: undefined });
  });

  it.each([
    '',
    'OFFER',
    '{',
    '{"type":"OFFER"',
    '"OFFER"',
    '1',
    'true',
    'null',
    '[]',
    '[{"type":"OFFER"}]',
    '{}',
    '{"type":null}',
    '{"type":{"type":"OFFER"}}',
    '{"type":"OFFER","dst":1}',
    '{"type":"OFFER","dst":false}',
    '{"type":"OFFER","dst":{}}',
    '{"type":"OFFER","dst":["bob"]}',
    '{"type":"OFFER"}{"type":"OFFER"}',
  ])('finds %j malformed', (frame) => {
    expect(parseClientMessage(frame)).toBe(MALFORMED);
  });

  it('finds binary frames malformed that hold no JSON', () => {
    expect(parseClientMessage(new ArrayBuffer(0))).toBe(MALFORMED);
    expect(parseClientMessage(new Uint8Array([0xff, 0x00]).buffer)).toBe(MALFORMED);
  });

  it.each(['OPEN', 'ERROR', 'ID-TAKEN', 'offer', 'toString', '__proto__', ''])(
    'knows no type %j',
    (type) => {
      expect(parseClientMessage(JSON.stringify({ type, dst: 'bob' }))).toBe(UNKNOWN_TYPE);
    },
  );
});
