/** The parameters with which a client opens its socket. An absent one is empty. */
export interface SocketParameters {
  readonly key: string;
  readonly id: string;
  readonly token: string;
  /** The type of the frame that the client would send first, if the server takes it as sent. */
  readonly ask: string;
}

/** A query in which nothing is encoded, as that of nearly every client. */
const PLAIN = /^\?[\w.~=&-]*$/;

/**
 * Reads the query of `{path}/peerjs`. If a parameter is given twice the last counts, as in the
 * official server.
 */
export function socketParameters(url: URL): SocketParameters {
  const parameters = { key: '', id: '', token: '', ask: '' };
  const { search } = url;
  // URLSearchParams takes five times as long, and 2 KB of memory.
  for (const [name, value] of PLAIN.test(search) ? plainPairs(search) : url.searchParams) {
    if (name === 'key' || name === 'id' || name === 'token' || name === 'ask') {
      parameters[name] = value;
    }
  }
  return parameters;
}

function plainPairs(search: string): [string, string][] {
  const pairs = search.slice(1).split('&');
  return pairs.map((pair) => {
    const end = pair.indexOf('=');
    return end === -1 ? [pair, ''] : [pair.slice(0, end), pair.slice(end + 1)];
  });
}
