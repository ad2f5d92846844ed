import type { IncomingMessage } from 'node:http';
import { readUrl } from '../settings/readUrl.ts';

/** `{path}/peerjs`, with slashes behind it or without. */
const SOCKET_PATH = /\/peerjs\/*(?:\?|$)/;

/** What a request asks for, as its URL has it. */
export type PathAndQuery = Pick<URL, 'pathname' | 'search'>;

/** Whether a request asks for the WebSocket of a peer. */
export function wantsSocket(request: IncomingMessage): boolean {
  const isUpgrade = request.headers.upgrade?.toLowerCase() === 'websocket';
  return isUpgrade && SOCKET_PATH.test(targetOf(request));
}

/** The target in the first line of a request: most often a path and a query. */
export function targetOf(request: IncomingMessage): string {
  // Express removes the path at which a handler is mounted from `url`, and keeps the whole here.
  const { originalUrl, url = '/' }: { originalUrl?: string; url?: string | undefined } = request;
  const target = originalUrl ?? url;
  return target === '*' ? '/' : target;
}

/** The header may be empty (RFC 9110, section 7.2). `URL` would then take the first part of the path for the host. */
function hostOf({ headers }: IncomingMessage): string {
  return headers.host || 'localhost';
}

/** @returns undefined where the Host header names no host. */
export function urlOf(request: IncomingMessage): URL | undefined {
  const host = hostOf(request);
  const target = targetOf(request);
  return readUrl(target.startsWith('/') ? `http://${host}${target}` : target);
}

/**
 * A target and a Host header in which `URL` finds nothing to change: those of nearly every client. It would
 * take 1.5 µs of the 150 of a join. It reads all other ones, such as ports from 60000.
 */
const PLAIN_TARGET = /^\/[\w~/-]*(?:\?[\w.~=&-]+)?$/;
const PLAIN_HOST = /^[\w.-]+(?::[1-5]?\d{1,4})?$/;

/**
 * The path and the query of a request, as they are in its URL.
 *
 * @returns undefined where the Host header names no host.
 */
export function pathAndQueryOf(request: IncomingMessage): PathAndQuery | undefined {
  const target = targetOf(request);
  const host = hostOf(request);
  if (!PLAIN_TARGET.test(target) || !PLAIN_HOST.test(host)) return urlOf(request);
  const end = target.indexOf('?');
  if (end === -1) return { pathname: target, search: '' };
  return { pathname: target.slice(0, end), search: target.slice(end) };
}

/** What a program that has read the body of a request leaves of it: `body` as Express, `rawBody` as it came. */
type ReadRequest = IncomingMessage & { readonly body?: unknown; rawBody?: unknown };

/**
 * Puts the body back into a request whose stream somebody has read, as `express.json()` does: the listener
 * of the routes looks for a `rawBody`. Without one it would find no body, and make a room without its password.
 *
 * @returns whether the body, if there is one, can be read.
 */
export function putBackBody(request: ReadRequest): boolean {
  if (!request.readableDidRead || request.rawBody instanceof Buffer) return true;
  const { body } = request;
  if (body === undefined) return false;
  const isText = typeof body === 'string' || body instanceof Buffer;
  request.rawBody = Buffer.from(isText ? body : JSON.stringify(body));
  return true;
}

/** The headers of a request, as a web `Request` has them. */
export function headersOf({ headers }: IncomingMessage): Pick<Headers, 'get'> {
  return {
    get(name) {
      const value = headers[name.toLowerCase()];
      return (Array.isArray(value) ? value.join(', ') : value) ?? null;
    },
  };
}
