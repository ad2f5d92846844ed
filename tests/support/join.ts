import { exports } from 'cloudflare:workers';
import { FramePeer } from './framePeer.ts';

/** A peer inside the runtime, which the server has registered. */
export async function join(path: string, id: string): Promise<FramePeer> {
  const { webSocket } = await exports.default.fetch(
    `http://localhost${path}/peerjs?key=peerjs&id=${id}&token=token-of-${id}`,
    { headers: { Upgrade: 'websocket' } },
  );
  if (webSocket === null) throw new Error('no socket');
  const peer = new FramePeer(webSocket, id, `token-of-${id}`);
  webSocket.accept();
  const { type } = await peer.next();
  if (type !== 'OPEN') throw new Error(`${id} got ${type}`);
  return peer;
}
