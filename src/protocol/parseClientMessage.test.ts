import { describe, expect, it } from 'vitest';
import {
  IGNORED,
  isLargerThan,
  MALFORMED,
  Misaddressed,
  parseClientMessage,
} from './parseClientMessage.ts';

describe('parseClientMessage', () => {
  it.each(['HEARTBEAT', 'OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE', 'EXPIRE'])('reads %s', (type) => {
    const text = JSON.stringify({ type, dst: 'bob', payload: [1] });
    const isHeartbeat = type === 'HEARTBEAT';
    expect(parseClientMessage(text)).toEqual({
      type,
      dst: isHeartbeat ? '' : 'bob',
      payload: [1],
      text: isHeartbeat ? undefined : text,
    });
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
    '{"type":"OFFER"}{"type":"OFFER"}',
  ])('finds %j malformed', (frame) => {
    expect(parseClientMessage(frame)).toBe(MALFORMED);
  });

  it.each([12_345, 0, false, true, {}, { id: 'bob' }, ['bob'], []])(
    'keeps a dst that is no text as it came, to be told its sender: %j',
    (dst) => {
      for (const type of ['OFFER', 'ANSWER', 'CANDIDATE']) {
        const message = parseClientMessage(JSON.stringify({ type, dst }));
        expect(message).toBeInstanceOf(Misaddressed);
        expect(message).toEqual({ dst });
      }
    },
  );

  it.each(['LEAVE', 'EXPIRE'])('ignores %s to a dst that is no text: nobody awaits it', (type) => {
    expect(parseClientMessage(JSON.stringify({ type, dst: 1 }))).toBe(IGNORED);
  });

  it('reads a heartbeat whatever its dst', () => {
    expect(parseClientMessage('{"type":"HEARTBEAT","dst":1}')).toMatchObject({ dst: '' });
  });

  it('finds binary frames malformed that hold no JSON', () => {
    expect(parseClientMessage(new ArrayBuffer(0))).toBe(MALFORMED);
    expect(parseClientMessage(new Uint8Array([0xff, 0x00]).buffer)).toBe(MALFORMED);
  });

  it.each(['OPEN', 'ERROR', 'ID-TAKEN', 'offer', 'toString', '__proto__', ''])(
    'knows no type %j',
    (type) => {
      expect(parseClientMessage(JSON.stringify({ type, dst: 'bob' }))).toBe(IGNORED);
    },
  );
});

describe('isLargerThan', () => {
  it.each([
    ['a'.repeat(10), 10, false],
    ['a'.repeat(11), 10, true],
    ['é'.repeat(5), 10, false],
    ['é'.repeat(6), 10, true],
    [new ArrayBuffer(10), 10, false],
    [new ArrayBuffer(11), 10, true],
  ])('counts bytes: %#', (frame, limit, isLarger) => {
    expect(isLargerThan(limit, frame)).toBe(isLarger);
  });
});
