import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { answerHandshake } from './handshake.ts';

/** What is answered to a handshake that differs from a proper one in these headers. */
function answerTo(headers: Record<string, string | undefined>, method = 'GET') {
  const proper = {
    // The key of the example in RFC 6455, section 1.2.
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  };
  const request: Partial<IncomingMessage> = { method, headers: { ...proper, ...headers } };
  return answerHandshake(request as IncomingMessage);
}

describe('a handshake', () => {
  it('is answered with the hash of its key', () => {
    expect(answerTo({})).toBe(
      'HTTP/1.1 101 Switching Protocols\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    );
  });

  it('agrees on the first of the subprotocols, and on no extension', () => {
    const answer = answerTo({
      'sec-websocket-protocol': 'peerjs ,v2.peerjs',
      'sec-websocket-extensions': 'permessage-deflate',
    });
    expect(answer).toMatch(/\r\nSec-WebSocket-Protocol: peerjs\r\n\r\n$/);
    expect(answer).not.toContain('Extensions');
  });

  it.each([
    ['without a key', { 'sec-websocket-key': undefined }],
    ['with a key of 15 bytes', { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25j' }],
    [
      'with two keys',
      { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==' },
    ],
    ['with a subprotocol that has no name', { 'sec-websocket-protocol': 'peerjs,' }],
    ['with a subprotocol that is no token', { 'sec-websocket-protocol': 'peer js' }],
    ['with a subprotocol twice', { 'sec-websocket-protocol': 'peerjs, peerjs' }],
  ])('%s is refused', (_, headers) => {
    expect(answerTo(headers)).toBe(400);
  });

  it('by another method than GET is refused', () => {
    expect(answerTo({}, 'POST')).toBe(405);
  });

  it('of another version is told which one is spoken', () => {
    expect(answerTo({ 'sec-websocket-version': '8' })).toBe(426);
    expect(answerTo({ 'sec-websocket-version': undefined })).toBe(426);
  });
});
