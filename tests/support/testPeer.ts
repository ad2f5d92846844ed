import { type ClientOptions, WebSocket } from 'ws';

/** A frame as it came, read as JSON. */
export interface Frame {
  readonly type: string;
  readonly src?: string;
  readonly dst?: string;
  readonly payload?: unknown;
}

/** Where and as whom a peer connects. Each has a default that the server accepts. */
export interface TestPeerOptions {
  readonly path?: string;
  readonly id?: string;
  readonly token?: string;
  readonly key?: string;
  /** The query to send instead of id, token and key. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long any condition may take before its test fails: far more than it ever does. */
const PATIENCE_MS = 15_000;

const CLOSE_TIMEOUT_MS = 200;

let count = 0;

/**
 * A client that speaks the PeerJS protocol on a real socket, frame by frame, and remembers all that
 * it got. It waits on conditions and never sleeps.
 */
export class TestPeer {
  readonly id: string;
  readonly token: string;
  readonly frames: Frame[] = [];
  /** Text frames that are not JSON are none of the protocol; they end up here. */
  readonly socket: WebSocket;
  closed: { code: number; reason: string } | undefined;
  #taken = 0;
  readonly #listeners = new Set<() => void>();

  /** @param origin such as `http://127.0.0.1:9000`. */
  constructor(origin: string, options: TestPeerOptions = {}) {
    count += 1;
    this.id = options.id ?? `peer-${count}`;
    this.token = options.token ?? `token-${count}`;
    const query =
      options.query ??
      new URLSearchParams({ key: options.key ?? 'peerjs', id: this.id, token: this.token });
    const path = options.path ?? '/';
    const slash = path.endsWith('/') ? '' : '/';
    const socketOptions: ClientOptions & { closeTimeout: number } = {
      headers: options.headers ?? {},
      // When a coordinator closes one socket while it handles another, workerd sends the close frame
      // at once but ends the TCP connection only as the coordinator goes to sleep. Don't wait for it.
      closeTimeout: CLOSE_TIMEOUT_MS,
    };
    const url = `${origin.replace(/^http/, 'ws')}${path}${slash}peerjs?${query}`;
    this.socket = new WebSocket(url, socketOptions);
    this.socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as Frame);
      this.#notify();
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.#notify();
    });
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

  /** Sends a frame: a string or bytes as they are, anything else as JSON. */
  send(frame: unknown): void {
    const isRaw = typeof frame === 'string' || frame instanceof Uint8Array;
    this.socket.send(isRaw ? frame : JSON.stringify(frame));
  }

  /** The first frame that has not been taken yet. */
  async next(): Promise<Frame> {
    await this.#until(() => this.frames.length > this.#taken || this.closed !== undefined);
    const frame = this.frames[this.#taken];
    if (frame === undefined) throw new Error(`${this.id}: closed, ${JSON.stringify(this.closed)}`);
    this.#taken += 1;
    return frame;
  }

  /** The frames that have come and not been taken. To know that nothing else came, see `settle`. */
  get pending(): readonly Frame[] {
    return this.frames.slice(this.#taken);
  }

  /** Waits until the socket is closed, and says how. */
  async untilClosed(): Promise<{ code: number; reason: string }> {
    await this.#until(() => this.closed !== undefined);
    if (this.closed === undefined) throw new Error('unreachable');
    return this.closed;
  }

  /**
   * Waits until the server has handled all that this peer sent before: frames of one socket are
   * handled in order, so a message to oneself comes back after them.
   */
  async settle(): Promise<void> {
    count += 1;
    const mark = `settle-${count}`;
    this.send({ type: 'CANDIDATE', dst: this.id, payload: mark });
    await this.#until(
      () => this.frames.some(({ payload }) => payload === mark) || this.closed !== undefined,
    );
    const index = this.frames.findIndex(({ payload }) => payload === mark);
    if (index === -1) throw new Error(`${this.id}: closed, ${JSON.stringify(this.closed)}`);
    this.frames.splice(index, 1);
  }

  /** Closes the socket as a page that goes away does. */
  async close(): Promise<void> {
    this.socket.close();
    await this.untilClosed();
  }

  /** Ends the connection without a word, as a lost network does. */
  vanish(): void {
    this.socket.terminate();
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  async #until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#listeners.delete(listener);
        reject(new Error(`${this.id} waited in vain; it got ${JSON.stringify(this.frames)}`));
      }, PATIENCE_MS);
      const listener = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
  }
}
