import type { Context } from 'hono';
import { name, version } from '../../package.json';

/** `GET /`: what this server is. The first three fields are exactly the official server's. */
export function serverInfo(context: Context): Response {
  return context.json({
    name: 'PeerJS Server',
    description: 'A server side element to broker connections between PeerJS clients.',
    website: 'https://peerjs.com/',
    software: name,
    version,
  });
}
