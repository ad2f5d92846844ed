import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Serves a request for an upgrade as one without: a server may ignore any upgrade (RFC 9110, section 7.8),
 * such as the one to HTTP/2 that curl and Java ask for. Node before 24.9, which has no
 * `shouldUpgradeCallback`, has taken it from the server, so the server gets the connection once more, with
 * a head that asks for no upgrade. Its 'connection' event is made for that (nodejs.org/api/http).
 *
 * @param head the first bytes behind the head of the request.
 */
export function ignoreUpgrade(
  server: Server,
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[at + 1]}`);
  }
  stream.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('encrypted' in stream ? 'secureConnection' : 'connection', stream);
}
