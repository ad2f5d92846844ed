import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import { FramePeer, type PeerOptions, requestOf } from './framePeer.ts';
import { type FrameWatch, watchFrames } from './watchWire.ts';

export interface TestPeerOptions extends PeerOptions {
  /** The certificate to trust, for an origin with https. */
  readonly ca?: string;
}

/**
 * When a coordinator closes one socket while it handles another, workerd sends the close frame at
 * once but ends the TCP connection only as the coordinator goes to sleep. Don't wait for it, but
 * long enough for any close frame to arrive.
 */
const CLOSE_TIMEOUT_MS = 1000;

/** The client over the network, from Node. Its frames are held against docs/asyncapi.yaml. */
export class TestPeer extends FramePeer<WebSocket> {
  readonly #watch: FrameWatch | undefined;

  /** @param origin such as `http://127.0.0.1:9000`. */
  constructor(origin: string, options: TestPeerOptions = {}) {
    const { url: target, id, token } = requestOf(options);
    const url = `${origin}${target}`;
    const socketOptions: ClientOptions & { closeTimeout: number } = {
      headers: options.headers ?? {},
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      closeTimeout: CLOSE_TIMEOUT_MS,
      // As browsers offer it.
      perMessageDeflate: true,
    };
    const protocols = [...(options.protocols ?? [])];
    super(new WebSocket(url.replace(/^http/, 'ws'), protocols, socketOptions), id, token);
    this.#watch = watchFrames(url);
    this.socket.on('message', (data) => this.#watch?.received(String(data)));
    // A socket that fails also closes, which is what tests wait for.
    this.socket.on('error', () => {});
  }

  /** Connects, and waits until the server has registered the peer. */
  static open(origin: string, options: TestPeerOptions = {}): Promise<TestPeer> {
    return new TestPeer(origin, options).untilJoined();
  }

  /** Waits until the server has accepted the socket, or has not. */
  async untilConnected(): Promise<void> {
    if (this.socket.readyState !== WebSocket.CONNECTING) return;
    await once(this.socket, 'open').catch(() => this.untilClosed());
  }

  protected override sendRaw(data: string | Uint8Array<ArrayBuffer>): void {
    super.sendRaw(data);
    this.#watch?.sent(data);
  }
}
