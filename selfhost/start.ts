/**
 * `npm start`: serves the Worker on this machine alone, unless it is told otherwise.
 */
import { formatAddress } from './listenAddress.ts';
import { type Place, serve } from './serve.ts';

const host = process.env.HOST || '127.0.0.1';

await serve({ host: { value: host, as: process.env.HOST ? `HOST=${host}` : host }, greet });

function greet({ scheme, host, port, path }: Place): string {
  const isLocal = ['127.0.0.1', '::1', '0.0.0.0', '::', 'localhost'].includes(host);
  const name = isLocal ? 'localhost' : host;
  const options = `host: '${name}', port: ${port}`;
  const base = path.replace(/^\/*|\/*$/g, '');
  const root = base === '' ? '' : `/${base}`;
  const origin = `${scheme}://${formatAddress(name, port)}${root}`;
  return `
PeerJS server, listening on ${origin}

  In a browser:         ${origin} checks a connection, ${origin}/demo is a room to try
  Anyone with an id:    new Peer({ ${options}, path: '${root || '/'}' })
  A room of up to four: new Peer({ ${options}, path: '${root}/room/table-7' })

Ctrl-C stops it.
`;
}
