import { hasOwnKey } from '../shared/accessKey.ts';
import { hostOptions } from '../shared/server.ts';

/** The code that connects a stock PeerJS client to this host. */
export function snippet(path: string, key: string): string {
  const { host, port, secure } = hostOptions();
  const lines = [
    `  host: '${host}',`,
    `  port: ${port},`,
    `  path: '${path}',`,
    `  secure: ${secure},`,
    ...(hasOwnKey() ? [`  key: '${key === '' ? 'YOUR-ACCESS-KEY' : key}',`] : []),
  ];
  return `import { Peer } from 'peerjs';\n\nconst peer = new Peer({\n${lines.join('\n')}\n});`;
}
