import { PATIENCE_MS } from './patience.ts';

/** A frame as it came, read as JSON. */
export interface Frame {
  readonly type: string;
  readonly src?: string;
  readonly dst?: string;
  readonly payload?: unknown;
}

/** Where and as whom a peer connects. Each has a default that the server accepts. */
export interface PeerOptions {
  readonly path?: string;
  readonly id?: string;
  readonly token?: string;
  readonly key?: string;
  /** What the socket asks for as it opens. */
  readonly ask?: 'ROOM' | 'SEAT';
  /** What its page calls itself. */
  readonly page?: string;
  /** The query to send instead of id, token and key. */
  readonly query?: string;
  /** The whole path and query to the letter, instead of all of the above. */
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The subprotocols to offer. By default none. */
  readonly protocols?: readonly string[];
}

let peers = 0;

/** What a peer asks for, as path and query, and who it is. */
export function requestOf(options: PeerOptions): { url: string; id: string; token: string } {
  peers += 1;
  const { id = `peer-${peers}`, token = `token-${peers}`, key = 'peerjs', path = '/' } = options;
  const { ask, page } = options;
  const asked = { ...(ask && { ask }), ...(page && { page }) };
  const query = options.query ?? new URLSearchParams({ key, id, token, ...asked });
  const slash = path.endsWith('/') ? '' : '/';
  return { url: options.url ?? `${path}${slash}peerjs?${query}`, id, token };
}

/** What of a WebSocket a frame-level client needs: that of `ws` is one, and that of workerd. */
interface ClientSocket {
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
  /** Ends the connection without a close frame, where the socket can. */
  terminate?(): void;
  /** Stops reading, where the socket can. */
  pause?(): void;
  resume?(): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { code: number; reason: string }) => void,
  ): void;
}

/** How a socket was closed. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** "Bad gateway": not to be said by a page. It stands for no code where a socket cannot be cut off. */
const NETWORK_LOST = 1014;

let marks = 0;

/**
 * A client that speaks the PeerJS protocol on a WebSocket, frame by frame, and remembers all that it
 * got. It waits on conditions and never sleeps. testPeer.ts connects it from Node over the network,
 * and workerPeer.ts inside workerd through the Worker.
 */
export class FramePeer<S extends ClientSocket = ClientSocket> {
  readonly socket: S;
  readonly id: string;
  readonly token: string;
  /** All frames, read, without the marks of `settle`. */
  readonly frames: Frame[] = [];
  /** All frames to the letter. */
  readonly received: unknown[] = [];
  closed: Closed | undefined;
  #taken = 0;
  readonly #listeners = new Set<() => void>();

  constructor(socket: S, id: string, token: string) {
    this.socket = socket;
    this.id = id;
    this.token = token;
    socket.addEventListener('message', ({ data }) => {
      this.received.push(data);
      this.frames.push(JSON.parse(String(data)) as Frame);
      this.#notify();
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason };
      this.#notify();
    });
  }

  /** Sends a frame: a string or bytes as they are, anything else as JSON. */
  send(frame: unknown): void {
    const isRaw = typeof frame === 'string' || frame instanceof Uint8Array;
    this.sendRaw(isRaw ? (frame as string | Uint8Array<ArrayBuffer>) : JSON.stringify(frame));
  }

  protected sendRaw(data: string | Uint8Array<ArrayBuffer>): void {
    this.socket.send(data);
  }

  /** Waits until the server has registered the peer. */
  async untilJoined(): Promise<this> {
    const frame = await this.next();
    if (frame.type !== 'OPEN') throw new Error(`expected OPEN, got ${JSON.stringify(frame)}`);
    return this;
  }

  /** The first frame that has not been taken yet. */
  async next(): Promise<Frame> {
    await this.until(() => this.frames.length > this.#taken || this.closed !== undefined);
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
  async untilClosed(): Promise<Closed> {
    await this.until(() => this.closed !== undefined);
    if (this.closed === undefined) throw new Error('unreachable');
    return this.closed;
  }

  /**
   * Waits until the server has handled all that this peer sent before: frames of one socket are
   * handled in order, so a message to oneself comes back after them.
   */
  async settle(): Promise<void> {
    marks += 1;
    const mark = `settle-${marks}`;
    this.send({ type: 'CANDIDATE', dst: this.id, payload: mark });
    await this.until(
      () => this.frames.some(({ payload }) => payload === mark) || this.closed !== undefined,
    );
    const index = this.frames.findIndex(({ payload }) => payload === mark);
    if (index === -1) throw new Error(`${this.id}: closed, ${JSON.stringify(this.closed)}`);
    this.frames.splice(index, 1);
  }

  /**
   * Closes the socket.
   *
   * @param code 1001 as a browser does where the page goes away; by default none, as `disconnect()`
   *   and `destroy()` of PeerJS do.
   */
  async close(code?: number): Promise<void> {
    this.socket.close(code);
    await this.untilClosed();
  }

  /** Ends the connection without a word, as a lost network does. */
  vanish(): void {
    if (this.socket.terminate === undefined) this.socket.close(NETWORK_LOST);
    else this.socket.terminate();
  }

  /** Waits for a condition on what this peer has got. */
  protected async until(condition: () => boolean): Promise<void> {
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

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
