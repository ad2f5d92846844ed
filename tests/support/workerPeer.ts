import { exports } from 'cloudflare:workers';
import { FramePeer, type PeerOptions, requestOf } from './framePeer.ts';

/** The client inside workerd, which connects through the Worker. */
export class WorkerPeer extends FramePeer<WebSocket> {
  /** Upgrades to a WebSocket, whatever the server then has to say. */
  static async connect(options: PeerOptions = {}): Promise<WorkerPeer> {
    const { url, id, token } = requestOf(options);
    const headers = new Headers({ ...options.headers, Upgrade: 'websocket' });
    const { protocols = [] } = options;
    if (protocols.length > 0) headers.set('Sec-WebSocket-Protocol', protocols.join(', '));
    const response = await exports.default.fetch(
      new Request(`http://localhost${url}`, { headers }),
    );
    const { status, webSocket } = response;
    if (webSocket === null) throw new Error(`no socket, but status ${status}`);
    const agreed = response.headers.get('Sec-WebSocket-Protocol');
    if (agreed !== (protocols[0] ?? null)) throw new Error(`the server agreed to ${agreed}`);
    const peer = new WorkerPeer(webSocket, id, token);
    webSocket.accept();
    return peer;
  }

  /** Connects, and waits until the server has registered the peer. */
  static async open(options: PeerOptions = {}): Promise<WorkerPeer> {
    return (await WorkerPeer.connect(options)).untilJoined();
  }
}
