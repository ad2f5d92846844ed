import { RoomError, type RoomErrorType } from './RoomError.ts';
import type { Where } from './types.ts';

/** Not written as `new URL('.', import.meta.url)`: bundlers take that for a file to bundle. */
const SCRIPT = import.meta.url;

const SAY_WHERE = "Say where the server is: { server: 'https://…' }.";

/**
 * The address of the server, with a slash at its end.
 *
 * @param page the protocol of the page.
 * @throws {RoomError} if there is none, or the page may not ask it.
 */
export function addressOf({ server }: Where, page = location.protocol): URL {
  const url = server === undefined ? read('.', SCRIPT) : read(`${server}/`);
  if (!url?.protocol.startsWith('http')) {
    throw new RoomError('no-server', SAY_WHERE);
  }
  url.pathname = url.pathname.replace(/\/+$/, '/');
  const isLocal = /^(localhost|127\.|\[::1)/.test(url.hostname);
  if (page === 'https:' && url.protocol === 'http:' && !isLocal) {
    throw new RoomError(
      'insecure-server',
      'A secure page needs a secure server: use its https address.',
    );
  }
  return url;
}

/** `URL.parse` came in 2024. */
function read(address: string, base?: string): URL | undefined {
  try {
    return new URL(address, base);
  } catch {
    return undefined;
  }
}

/** No request that a server takes has more characters as JSON (src/protocol/roomRequests.ts). */
const MAX_REQUEST = 16_384;

/**
 * What is asked of the server, as it travels.
 *
 * @throws {RoomError} if JSON cannot hold it, or no server takes so much.
 */
export function requestText(body: object): string {
  let why: unknown = 'too long.';
  try {
    const text = JSON.stringify(body);
    if (text.length <= MAX_REQUEST) return text;
  } catch (error) {
    why = error;
  }
  throw new RoomError('invalid-request', `Not sent: ${why}`);
}

/**
 * Asks the server.
 *
 * @param body the JSON to send. Without one, the request is a GET.
 * @param token of the seat from which the body changes what is there.
 * @throws {RoomError} with the server's own type, if it has one.
 */
export async function request<Answer>(
  url: string,
  signal: AbortSignal,
  body?: object,
  token?: string,
): Promise<Answer> {
  const text = body ? requestText(body) : null;
  let response: Response;
  try {
    response = await fetch(url, {
      method: token ? 'PATCH' : body ? 'POST' : 'GET',
      // Sent as plain text, which needs no preflight from another origin.
      body: text,
      headers: token ? { Authorization: `Bearer ${token}` } : {},
      signal,
      cache: 'no-store',
      // A request at the end of a page still arrives.
      keepalive: true,
    });
  } catch {
    throw new RoomError(
      'no-server',
      `${new URL(url).origin} does not answer. Is the address right? Does ALLOWED_ORIGINS let this page in?`,
    );
  }
  const { status, ok } = response;
  // Undefined if it is no JSON, such as the page with which a bundler's own server answers everything.
  const answer = status === 204 ? {} : await response.json().catch(() => undefined);
  if (ok && answer) return answer as Answer;
  const { error } = (answer ?? {}) as { error?: string | { type: RoomErrorType; msg: string } };
  if (typeof error === 'object') throw new RoomError(error.type, error.msg);
  if (ok || status === 404) throw oldServer(answer ? undefined : url);
  throw new RoomError(
    // From 500 on it is a proxy, while the server behind it is started anew.
    status > 499 ? 'no-server' : status === 401 ? 'invalid-key' : 'too-many-requests',
    error ?? `The server answers ${status}.`,
  );
}

/** No promise of the kit takes longer than 10 s. */
export function limit(): AbortSignal {
  return AbortSignal.timeout(9500);
}

/** @throws when the signal ends what is tried. */
export function failing(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

/**
 * The server knows nothing of rooms.
 *
 * @param url of what answers as no PeerJS server does. Where the script comes from, that need not be one.
 */
export function oldServer(url?: string): RoomError {
  const origin = url && new URL(url).origin;
  if (origin && origin === read(SCRIPT)?.origin) {
    return new RoomError('no-server', `${origin} is no PeerJS server. ${SAY_WHERE}`);
  }
  return new RoomError('old-server', 'This server is no durable-peerjs-server, or an old one.');
}
