import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The text that a client's key is hashed with, and the form of such a key (RFC 6455, section 4.2). */
const SALT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY = /^[+/\dA-Za-z]{22}==$/;

/** The name of a subprotocol. */
const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;

/** The status with which a request that is no proper handshake is refused. */
export type HandshakeFault = 400 | 405 | 426;

/**
 * Reads a handshake, of which Node has checked the headers Upgrade and Connection. No extension is agreed
 * on: compression would take 200 KB a socket, and the messages are short.
 *
 * @returns the head of the answer that opens the WebSocket, or what is wrong.
 */
export function answerHandshake({ method, headers }: IncomingMessage): string | HandshakeFault {
  if (method !== 'GET') return 405;
  const key = headers['sec-websocket-key'];
  if (key === undefined || !KEY.test(key)) return 400;
  if (headers['sec-websocket-version'] !== '13') return 426;
  const protocols = headers['sec-websocket-protocol'];
  const protocol = protocols === undefined ? undefined : firstOf(protocols);
  if (protocols !== undefined && protocol === undefined) return 400;
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(key)}\r\n${
    protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`
  }\r\n`;
}

/** Proves that the key was read. (`crypto.hash` would be faster by a microsecond, and is not in Node 20.0.) */
function accept(key: string): string {
  return createHash('sha1')
    .update(key + SALT)
    .digest('base64');
}

/** The first of the subprotocols that a client offers, which must differ. Undefined for a malformed list. */
function firstOf(offered: string): string | undefined {
  const protocols = offered.split(',').map((name) => name.trim());
  const isValid = protocols.every((name) => TOKEN.test(name));
  return isValid && new Set(protocols).size === protocols.length ? protocols[0] : undefined;
}
