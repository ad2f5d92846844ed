import type { Duplex } from 'node:stream';
import { SERVICE_RESTART, SILENT } from '../protocol/closeCodes.ts';
import { answerUpgrade } from './answerUpgrade.ts';
import { PeerSocket } from './PeerSocket.ts';

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

interface SocketServerOptions {
  /** How long a client that sends heartbeats may be silent, in milliseconds. */
  readonly aliveTimeout: number;
  /** Bytes that a message may have. */
  readonly maxMessageBytes: number;
}

/** Opens the sockets of peers, keeps all that are open, and ends those whose clients are gone. */
export class SocketServer {
  /** The connections of clients whose handshakes are not answered yet. */
  readonly #waiting = new Set<Duplex>();
  readonly #sockets = new Set<PeerSocket>();
  /** One function for all sockets, since there may be many. */
  readonly #forget = (socket: PeerSocket) => {
    this.#sockets.delete(socket);
    if (this.#sockets.size === 0) this.#onceEmpty?.();
  };
  readonly #maxMessageBytes: number;
  readonly #sweep: NodeJS.Timeout;
  #onceEmpty: (() => void) | undefined;
  readonly #sweepsUntilEnded: number;
  readonly #sweepsUntilAsked: number;

  constructor({ aliveTimeout, maxMessageBytes }: SocketServerOptions) {
    this.#maxMessageBytes = maxMessageBytes;
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

  /** A client has sent its handshake, and waits until `open` answers it. */
  expect(stream: Duplex): void {
    this.#waiting.add(stream);
  }

  /**
   * Opens the WebSocket of a client, unless the client is gone.
   *
   * @param answer to its handshake.
   * @param use is given the socket that was opened. What it sends goes out with the answer. If it throws,
   *   the connection ends.
   */
  open(stream: Duplex, head: Buffer, answer: string, use: (socket: PeerSocket) => void): void {
    this.#waiting.delete(stream);
    if (!waitsForAnswer(stream)) {
      stream.destroy();
      return;
    }
    const socket = new PeerSocket(stream, head, answer, this.#maxMessageBytes, this.#forget);
    this.#sockets.add(socket);
    try {
      use(socket);
    } catch (error) {
      // Nobody else would end it: its stream is answered, and a second socket on it would hide this one.
      socket.terminate();
      throw error;
    }
    socket.flush();
  }

  /** Closes all sockets, and resolves when they are closed or cut off. Clients that wait for one get 503. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    for (const stream of this.#waiting) answerUpgrade(stream, 503);
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

/** Whether the client at the other end has not closed the connection, and was not answered. */
export function waitsForAnswer(stream: Duplex): boolean {
  return stream.readable && stream.writable;
}
