import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Milliseconds that a client has to take the answer. */
const PATIENCE_MS = 5000;

/** Refuses an upgrade with an answer of HTTP, and ends the connection. */
export function answerUpgrade(stream: Duplex, status: 400 | 404 | 503): void {
  const body = JSON.stringify({ error: STATUS_CODES[status] });
  stream.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      ...(status === 503 ? ['Retry-After: 5'] : []),
      '',
      body,
    ].join('\r\n'),
  );
  setTimeout(() => stream.destroy(), PATIENCE_MS).unref();
}
