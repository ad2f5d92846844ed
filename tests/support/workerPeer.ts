import { exports } from 'cloudflare:workers';
import { FramePeer } from './framePeer.ts';

/** Where and as whom a peer connects. Each has a default that the server accepts. */
export interface WorkerPeerOptions {
  readonly path?: string;
  readonly id?: string;
  readonly token?: string;
  /** The query to send instead of id, token and key. */
  readonly query?: string;
}

let count = 0;

/** A frame-level client inside the runtime, which connects through the Worker. */
export class WorkerPeer extends FramePeer<WebSocket> {
  /** Upgrades to a WebSocket, whatever the server then has to say. */
  static async connect(options: WorkerPeerOptions = {}): Promise<WorkerPeer> {
    count += 1;
    const id = options.id ?? `peer-${count}`;
    const token = options.token ?? `token-${count}`;
    const query = options.query ?? new URLSearchParams({ key: 'peerjs', id, token });
    const path = options.path ?? '/';
    const slash = path.endsWith('/') ? '' : '/';
    const { status, webSocket } = await exports.default.fetch(
      `http://localhost${path}${slash}peerjs?${query}`,
      { headers: { Upgrade: 'websocket' } },
    );
    if (webSocket === null) throw new Error(`no socket, but status ${status}`);
    const peer = new WorkerPeer(webSocket, id, token);
    webSocket.accept();
    return peer;
  }

  /** Connects, and waits until the server has registered the peer. */
  static async open(options: WorkerPeerOptions = {}): Promise<WorkerPeer> {
    const peer = await WorkerPeer.connect(options);
    const frame = await peer.next();
    if (frame.type !== 'OPEN') throw new Error(`expected OPEN, got ${JSON.stringify(frame)}`);
    return peer;
  }
}
