/** What a client says of itself when it opens its socket. A parameter that is absent is empty. */
export interface SocketParameters {
  readonly key: string;
  readonly id: string;
  readonly token: string;
}

/** Reads the query of `{path}/peerjs`. Of a parameter given twice the last counts, as in the official server. */
export function socketParameters(url: URL): SocketParameters {
  const { key = '', id = '', token = '' } = Object.fromEntries(url.searchParams);
  return { key, id, token };
}
