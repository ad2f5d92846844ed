import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import { FramePeer } from './framePeer.ts';
import { type FrameWatch, watchFrames } from './watchWire.ts';

export type { Frame } from './framePeer.ts';

/** Where and as whom a peer connects. Each has a default that the server accepts. */
export interface TestPeerOptions {
  readonly path?: string;
  readonly id?: string;
  readonly token?: string;
  readonly key?: string;
  /** The query to send instead of id, token and key. */
  readonly query?: string;
  /** The whole path and query to the letter, instead of all of the above. */
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The subprotocols to offer. By default none. */
  readonly protocols?: readonly string[];
  /** The certificate to trust, for an origin with https. */
  readonly ca?: string;
}

/**
 * When a coordinator closes one socket while it handles another, workerd sends the close frame at
 * once but ends the TCP connection only as the coordinator goes to sleep. Don't wait for it, but
 * long enough for any close frame to arrive.
 */
const CLOSE_TIMEOUT_MS = 1000;

let count = 0;

/** A frame-level client on a real socket, from Node. Its frames are held against docs/asyncapi.yaml. */
export class TestPeer extends FramePeer<WebSocket> {
  readonly #watch: FrameWatch | undefined;

  /** @param origin such as `http://127.0.0.1:9000`. */
  constructor(origin: string, options: TestPeerOptions = {}) {
    count += 1;
    const id = options.id ?? `peer-${count}`;
    const token = options.token ?? `token-${count}`;
    const query = options.query ?? new URLSearchParams({ key: options.key ?? 'peerjs', id, token });
    const path = options.path ?? '/';
    const slash = path.endsWith('/') ? '' : '/';
    const url = `${origin}${options.url ?? `${path}${slash}peerjs?${query}`}`;
    const socketOptions: ClientOptions & { closeTimeout: number } = {
      headers: options.headers ?? {},
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      closeTimeout: CLOSE_TIMEOUT_MS,
    };
    const protocols = [...(options.protocols ?? [])];
    super(new WebSocket(url.replace(/^http/, 'ws'), protocols, socketOptions), id, token);
    this.#watch = watchFrames(url);
    this.socket.on('message', (data) => this.#watch?.received(String(data)));
    // A socket that fails also closes, which is what tests wait for.
    this.socket.on('error', () => {});
  }

  /** Connects, and waits until the server has registered the peer. */
  static async open(origin: string, options: TestPeerOptions = {}): Promise<TestPeer> {
    const peer = new TestPeer(origin, options);
    const frame = await peer.next();
    if (frame.type !== 'OPEN') throw new Error(`expected OPEN, got ${JSON.stringify(frame)}`);
    return peer;
  }

  /** Waits until the server has accepted the socket, or has not. */
  async untilConnected(): Promise<void> {
    if (this.socket.readyState !== WebSocket.CONNECTING) return;
    await once(this.socket, 'open').catch(() => this.untilClosed());
  }

  override send(frame: unknown): void {
    super.send(frame);
    const isRaw = typeof frame === 'string' || frame instanceof Uint8Array;
    const data = isRaw ? (frame as string | Uint8Array<ArrayBuffer>) : JSON.stringify(frame);
    this.#watch?.sent(data);
  }

  /** Ends the connection without a word, as a lost network does. */
  override vanish(): void {
    this.socket.terminate();
  }
}
