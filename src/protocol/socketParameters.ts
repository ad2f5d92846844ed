/** The parameters with which a client opens its socket. An absent one is empty. */
export interface SocketParameters {
  readonly key: string;
  readonly id: string;
  readonly token: string;
  /** The type of the frame that the client would send first, if the server takes it as sent. */
  readonly ask: string;
  /** The name that the page gives itself: see `Claim`. */
  readonly page: string;
}

/** A query in which nothing is encoded, as that of nearly every client. */
const PLAIN = /^(?:\?(?:\w+=[\w.~-]*(?:&|$))*)?$/;

/**
 * Reads the query of `{path}/peerjs`. Of a parameter that is given twice, the last one counts, as in the
 * official server.
 */
export function socketParameters({ search }: Pick<URL, 'search'>): SocketParameters {
  const parameters = { key: '', id: '', token: '', ask: '', page: '' };
  const take = (value: string, name: string) => {
    switch (name) {
      case 'key':
      case 'id':
      case 'token':
      case 'ask':
      case 'page':
        parameters[name] = value;
    }
  };
  if (PLAIN.test(search)) {
    // URLSearchParams takes five times as long, and 2 KB of memory.
    for (const pair of search.slice(1).split('&')) {
      const end = pair.indexOf('=');
      take(pair.slice(end + 1), pair.slice(0, end));
    }
  } else {
    new URLSearchParams(search).forEach(take);
  }
  return parameters;
}
