import type { Duplex } from 'node:stream';
import { LOST, NO_STATUS } from '../protocol/closeCodes.ts';
import { HEARTBEAT, HEARTBEAT_ANSWER } from '../protocol/messages.ts';
import type { PeerPath } from '../protocol/peerPath.ts';
import type { Claim } from '../room/claim.ts';
import type { Ending } from '../room/endings.ts';
import type { Connection } from '../room/RoomRuntime.ts';
import { IncomingFrames } from './IncomingFrames.ts';
import { closeFrame, PING, pongFrame, textFrames } from './outgoingFrames.ts';
import { sendSoon } from './sendSoon.ts';

/** A client that leaves this many bytes unread gets no answers to its heartbeats. */
const MAX_UNSENT_BYTES = 1_048_576;

/** Heartbeats that come faster than this, in milliseconds, count against the rate like other frames. */
const SOONEST_HEARTBEAT_MS = 100;

/** How long a client has to end its connection, once either side has closed it, before it is cut off. */
const CLOSE_TIMEOUT_MS = 10_000;

/** The room of a socket's peer, as far as the socket knows it. */
export interface SocketRoom {
  readonly path: PeerPath;
  /** @param length of the message, in bytes, where `frame` is its end alone: it is too long. */
  receive(socket: PeerSocket, frame: string | ArrayBuffer, now: number, length?: number): void;
  disconnect(socket: PeerSocket, ending: Ending): void;
}

/** The sockets whose streams are full, until they drain. */
const backedUp = new Set<PeerSocket>();

/** Bytes that wait in this process for clients to take them. */
export function unsentInAll(): number {
  let bytes = 0;
  for (const socket of backedUp) bytes += socket.unsentBytes;
  return bytes;
}

/** When the current chunk came, in milliseconds since the epoch: all its frames came then. */
let readAt = 0;

const PEER = Symbol('peer');

/** A connection, which is most often a `net.Socket`. */
interface Stream extends Duplex {
  setTimeout?(milliseconds: number): void;
  setNoDelay?(): void;
  [PEER]?: PeerSocket;
}

/**
 * A peer's WebSocket, which answers heartbeats itself, as the runtime of Durable Objects does, and sends
 * in one piece what it is given in one turn of the event loop.
 */
export class PeerSocket implements Connection {
  /** The room that its peer is in, and who it is. Undefined for one that was refused. */
  room: SocketRoom | undefined;
  claim: Claim | undefined;
  /** When the last heartbeat came, in milliseconds since the epoch. */
  lastHeartbeatAt: number | undefined;
  /** Sweeps since the client last sent a frame. */
  silentSweeps = 0;
  /** Whether the client was asked for a sign of life and has given none since. */
  isAsked = false;
  readonly #stream: Stream;
  readonly #maxMessageBytes: number;
  readonly #onClosed: (socket: PeerSocket) => void;
  readonly #incoming = new IncomingFrames(this);
  #state: 'open' | 'closing' | 'closed' = 'open';
  /** The answer to the handshake, and later those to pings, until they are sent. */
  #answer: string;
  /** What is to be sent with the answer, and later at the end of this turn. */
  #gathered: string[] | undefined = [];
  /** How many characters that is. */
  #gatheredLength = 0;
  /** Whether the client will send nothing more: then the connection ends once the close frame is sent. */
  #isConcluded = false;
  #cutOff: NodeJS.Timeout | undefined;

  /**
   * @param head the first bytes of the client, if they came with its handshake.
   * @param answer what opens the WebSocket. It is sent with the first `flush`.
   * @param maxMessageBytes that a message of a peer may have.
   * @param onClosed is called once, when the connection has ended.
   */
  constructor(
    stream: Stream,
    head: Buffer,
    answer: string,
    maxMessageBytes: number,
    onClosed: (socket: PeerSocket) => void,
  ) {
    this.#stream = stream;
    this.#answer = answer;
    this.#maxMessageBytes = maxMessageBytes;
    this.#onClosed = onClosed;
    stream[PEER] = this;
    stream.setTimeout?.(0);
    stream.setNoDelay?.();
    if (head.length > 0) stream.unshift(head);
    stream.on('data', onData).on('end', onEnd).on('close', onClose);
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Bytes that the client, or the network, has not taken yet. */
  get unsentBytes(): number {
    return this.#stream.writableLength + this.#answer.length + this.#gatheredLength;
  }

  /** A client that is not in a room may send nothing. */
  get maxMessageBytes(): number {
    return this.room === undefined ? 0 : this.#maxMessageBytes;
  }

  /** @throws if the socket is closing: then the frame would be lost. */
  send(frame: string): void {
    if (this.#state !== 'open') throw new Error('the socket is closing');
    this.#gatheredLength += frame.length;
    if (this.#gathered !== undefined) {
      this.#gathered.push(frame);
      return;
    }
    this.#gathered = [frame];
    sendSoon(this);
  }

  /** Writes what has gathered. */
  flush(): void {
    if (this.#gathered === undefined) return;
    const bytes = this.#answer + textFrames(this.#gathered);
    this.#answer = '';
    this.#gathered = undefined;
    this.#gatheredLength = 0;
    this.#write(bytes);
  }

  /** Closes the socket after all that was sent. */
  close(code?: number, reason = ''): void {
    if (this.#state !== 'open') return;
    this.flush();
    this.#state = 'closing';
    this.#write(closeFrame(code, reason));
    if (this.#isConcluded) this.#stream.end();
    this.#cutOffLater();
  }

  /** Ends the connection without a close frame. */
  terminate(): void {
    this.#stream.destroy();
  }

  /** Asks the client's end of the connection for a sign of life. */
  ask(): void {
    this.isAsked = true;
    this.#write(PING);
  }

  /** Ends the session at once, and then the socket. */
  end(code: number, reason: string): void {
    this.#over({ code, reason });
    this.close(code, reason);
  }

  received(frame: string | ArrayBuffer): void {
    const now = readAt;
    this.#hear();
    if (frame === HEARTBEAT) {
      const last = this.lastHeartbeatAt ?? 0;
      this.lastHeartbeatAt = now;
      if (this.#state === 'open' && this.unsentBytes < MAX_UNSENT_BYTES) {
        this.send(HEARTBEAT_ANSWER);
      }
      if (Math.abs(now - last) > SOONEST_HEARTBEAT_MS) return;
    }
    this.room?.receive(this, frame, now);
  }

  skipped(end: ArrayBuffer, length: number): void {
    this.#hear();
    this.room?.receive(this, end, readAt, length);
  }

  pinged(data: Buffer): void {
    if (this.#state !== 'open' || this.unsentBytes >= MAX_UNSENT_BYTES) return;
    // Each answer by itself would be a call to the kernel for 6 bytes, with which one client could hold up
    // all others.
    this.#answer += pongFrame(data);
    if (this.#gathered !== undefined) return;
    this.#gathered = [];
    sendSoon(this);
  }

  ponged(): void {
    this.isAsked = false;
  }

  /**
   * The client closes the socket. The session is over then, even if the connection ends later: the client
   * may be back on another one before.
   */
  concluded(code: number, reason: string): void {
    this.#conclude(code === NO_STATUS ? undefined : code, reason);
    this.#over({ code, reason });
  }

  /** The client has broken the protocol. */
  broke(code: number): void {
    this.#conclude(code, '');
    this.#over({ reason: 'error' });
  }

  /** Passes on what has come. */
  read(chunk: Buffer): void {
    this.#incoming.read(chunk);
  }

  /** The client has closed its end of the connection. */
  ended(): void {
    this.flush();
    this.#state = 'closing';
    this.#stream.end();
    // It ends now, unless the client does not read what comes before the end.
    this.#cutOffLater();
    this.#over({ code: LOST, reason: '' });
  }

  /** The connection has ended. */
  closed(): void {
    this.#state = 'closed';
    this.#incoming.end();
    clearTimeout(this.#cutOff);
    backedUp.delete(this);
    this.#over({ code: LOST, reason: '' });
    this.#onClosed(this);
  }

  #hear(): void {
    this.silentSweeps = 0;
    this.isAsked = false;
  }

  #cutOffLater(): void {
    this.#cutOff ??= setTimeout(() => this.terminate(), CLOSE_TIMEOUT_MS);
  }

  #conclude(code: number | undefined, reason: string): void {
    this.#isConcluded = true;
    if (this.#state === 'open') this.close(code, reason);
    else this.#stream.end();
  }

  /** @param bytes a string of which each character is a byte. */
  #write(bytes: string): void {
    if (!this.#stream.writable) return;
    if (!this.#stream.write(bytes, 'latin1')) this.#noteBackUp();
  }

  #noteBackUp(): void {
    if (backedUp.has(this)) return;
    backedUp.add(this);
    this.#stream.once('drain', () => backedUp.delete(this));
  }

  #over(ending: Ending): void {
    this.room?.disconnect(this, ending);
    this.room = undefined;
  }
}

// One listener of each kind for all sockets, since there may be many.

function onData(this: Stream, chunk: Buffer): void {
  readAt = Date.now();
  this[PEER]?.read(chunk);
}

function onEnd(this: Stream): void {
  this[PEER]?.ended();
}

function onClose(this: Stream): void {
  this[PEER]?.closed();
}
