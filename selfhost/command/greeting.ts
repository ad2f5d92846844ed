import { formatAddress } from './listenAddress.ts';
import type { Options } from './readOptions.ts';

/** Where to find the server, and what to paste into a game. */
export function greeting({ host, path, tls }: Options, port: number): string {
  const isLocal = ['127.0.0.1', '::1', '0.0.0.0', '::', 'localhost'].includes(host);
  const name = isLocal ? 'localhost' : host;
  const options = `host: '${name}', port: ${port}${tls === undefined ? '' : ', secure: true'}`;
  const scheme = tls === undefined ? 'http' : 'https';
  const origin = `${scheme}://${formatAddress({ host: name, port })}`;
  return `
PeerJS server, listening on ${origin}

  In a browser:         ${origin} checks a connection, ${origin}/demo is a room to try
  Anyone with an id:    new Peer({ ${options}, path: '${path}' })
  A room of up to four: new Peer({ ${options}, path: '/room/table-7' })

Ctrl-C stops it.
`;
}
