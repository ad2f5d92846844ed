/**
 * `npm start`: serves the Worker on this machine, with settings from the environment.
 */
import { readPort, serve } from './serve.ts';

const { env } = process;
const host = env.HOST || '127.0.0.1';

await serve(
  () => ({ host, port: readPort('PORT', env.PORT || '9000'), environment: env }),
  ({ port }) => console.log(greeting(port)),
);

function greeting(port: number): string {
  const isLocal = ['127.0.0.1', '::1', '0.0.0.0', '::', 'localhost'].includes(host);
  const name = isLocal ? 'localhost' : host;
  const options = `host: '${name}', port: ${port}`;
  const origin = `http://${name}:${port}`;
  return `
PeerJS server, listening on ${origin}

  In a browser:         ${origin} checks a connection, ${origin}/demo is a room to try
  Anyone with an id:    new Peer({ ${options}, path: '/' })
  A room of up to four: new Peer({ ${options}, path: '/room/table-7' })

Ctrl-C stops it.
`;
}
