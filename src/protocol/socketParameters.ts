/** The parameters with which a client opens its socket. An absent one is empty. */
export interface SocketParameters {
  readonly key: string;
  readonly id: string;
  readonly token: string;
}

/**
 * Reads the query of `{path}/peerjs`. If a parameter is given twice the last counts, as in the
 * official server.
 */
export function socketParameters(url: URL): SocketParameters {
  const parameters = { key: '', id: '', token: '' };
  for (const [name, value] of url.searchParams) {
    if (name === 'key' || name === 'id' || name === 'token') parameters[name] = value;
  }
  return parameters;
}
