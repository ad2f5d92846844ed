import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HandshakeFault } from './handshake.ts';

/** Milliseconds that a client has to take the answer. */
const PATIENCE_MS = 5000;

/** What else an answer says, by its status. */
const HEADERS: Readonly<Record<number, string>> = {
  405: 'Allow: GET',
  426: 'Sec-WebSocket-Version: 13',
  503: 'Retry-After: 5',
};

/** Refuses an upgrade with an answer of HTTP, and ends the connection. */
export function answerUpgrade(stream: Duplex, status: HandshakeFault | 503): void {
  const body = JSON.stringify({ error: STATUS_CODES[status] });
  stream.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      ...(HEADERS[status] === undefined ? [] : [HEADERS[status]]),
      '',
      body,
    ].join('\r\n'),
  );
  setTimeout(() => stream.destroy(), PATIENCE_MS).unref();
}
