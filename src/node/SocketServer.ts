import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { SERVICE_RESTART, SILENT } from '../protocol/closeCodes.ts';
import { PeerSocket } from './PeerSocket.ts';

/** A larger frame ends its socket. A smaller one that is over MAX_MESSAGE_BYTES is answered by EXPIRE. */
const MAX_FRAME_BYTES = 4 * 1_048_576;
/** How long clients have to close their sockets when the server stops. */
const DRAIN_MS = 5000;
/**
 * A client that has sent nothing for this long, or for ALIVE_TIMEOUT_MS, is pinged, and has as long to
 * answer: some send no heartbeats, and TCP does not notice that the network is gone.
 */
const ASK_AFTER_MS = 30_000;
/** How often all sockets are looked at in the time that a client may be silent. */
const SWEEPS_PER_SILENCE = 6;
const MAX_SWEEP_MS = 5000;
/**
 * A client that is silent for this many times ALIVE_TIMEOUT_MS is ended. Before that, as on Durable
 * Objects, it is ended only when somebody needs its id, its seat or the peer itself.
 */
const TIMEOUTS_UNTIL_ENDED = 1.5;

const OPTIONS = {
  noServer: true,
  WebSocket: PeerSocket,
  clientTracking: false,
  // It would take 200 KB a socket, and the messages are short.
  perMessageDeflate: false,
  maxPayload: MAX_FRAME_BYTES,
};

/** The part of `ws` that answers handshakes. By its types it makes nothing but its own `WebSocket`. */
interface Handshakes {
  handleUpgrade(
    request: IncomingMessage,
    stream: Duplex,
    head: Buffer,
    use: (socket: PeerSocket) => void,
  ): void;
}

export interface SocketServerOptions {
  /** How long a client that sends heartbeats may be silent, in milliseconds. */
  readonly aliveTimeout: number;
}

/** Opens the sockets of peers, keeps all that are open, and ends those whose clients are gone. */
export class SocketServer {
  readonly #sockets = new Set<PeerSocket>();
  readonly #server = new WebSocketServer(OPTIONS as object) as unknown as Handshakes;
  readonly #sweep: NodeJS.Timeout;
  #onceEmpty: (() => void) | undefined;
  readonly #sweepsUntilEnded: number;
  readonly #sweepsUntilAsked: number;

  constructor({ aliveTimeout }: SocketServerOptions) {
    const every = Math.min(aliveTimeout / SWEEPS_PER_SILENCE, MAX_SWEEP_MS);
    this.#sweepsUntilEnded = Math.ceil((TIMEOUTS_UNTIL_ENDED * aliveTimeout) / every);
    this.#sweepsUntilAsked = Math.ceil(Math.min(ASK_AFTER_MS, aliveTimeout) / every);
    this.#sweep = setInterval(() => this.#endDead(), every);
    this.#sweep.unref();
  }

  /** How many sockets are open, with those of peers that were refused. */
  get size(): number {
    return this.#sockets.size;
  }

  /**
   * Answers an upgrade. A request that is no proper handshake is refused, and a client that is gone
   * needs no answer.
   *
   * @param use is given the socket that was opened. What it sends goes out with the answer.
   */
  open(
    request: IncomingMessage,
    stream: Duplex,
    head: Buffer,
    use: (socket: PeerSocket) => void,
  ): void {
    stream.cork();
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      this.#sockets.add(socket);
      socket.onceClosed(() => this.#forget(socket));
      use(socket);
      socket.flush();
    });
    stream.uncork();
  }

  /** Closes all sockets, and resolves when they are closed, or cut off. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    const cutOff = setTimeout(() => {
      for (const socket of this.#sockets) socket.terminate();
    }, DRAIN_MS);
    for (const socket of this.#sockets) socket.close(SERVICE_RESTART, 'restarting');
    if (this.#sockets.size > 0)
      await new Promise<void>((resolve) => {
        this.#onceEmpty = resolve;
      });
    clearTimeout(cutOff);
  }

  #forget(socket: PeerSocket): void {
    this.#sockets.delete(socket);
    if (this.#sockets.size === 0) this.#onceEmpty?.();
  }

  #endDead(): void {
    for (const socket of this.#sockets) {
      if (!socket.isOpen) continue;
      socket.silentSweeps += 1;
      const { silentSweeps, lastHeartbeatAt } = socket;
      if (lastHeartbeatAt !== undefined && silentSweeps >= this.#sweepsUntilEnded) {
        socket.end(SILENT, 'silent');
      } else if (silentSweeps % this.#sweepsUntilAsked === 0) {
        if (socket.isAsked) socket.terminate();
        else socket.ask();
      }
    }
  }
}
