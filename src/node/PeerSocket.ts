import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { HEARTBEAT, HEARTBEAT_ANSWER } from '../protocol/messages.ts';
import type { PeerPath } from '../protocol/peerPath.ts';
import type { Claim } from '../room/claim.ts';
import type { Ending } from '../room/endings.ts';
import type { Connection } from '../room/RoomRuntime.ts';
import { textFrames } from './frame.ts';
import { IncomingTexts } from './IncomingTexts.ts';
import { ignore } from './ignore.ts';
import { sendSoon } from './sendSoon.ts';

/** A client that leaves this many bytes unread gets no answers to its heartbeats. */
const MAX_UNSENT_BYTES = 1_048_576;

/** Heartbeats that come faster than this, in milliseconds, count against the rate like other frames. */
const SOONEST_HEARTBEAT_MS = 100;

/** The code of a close frame that has none (RFC 6455, section 7.1.5). */
const NO_STATUS = 1005;

/** The code of a socket that ended without a close frame. */
const LOST = 1006;

/** The room of a socket's peer, as far as the socket knows it. */
export interface SocketRoom {
  readonly path: PeerPath;
  receive(socket: PeerSocket, frame: string | ArrayBuffer, now: number): void;
  disconnect(socket: PeerSocket, ending: Ending): void;
}

/** The sockets that still have something unsent. */
const backedUp = new Set<PeerSocket>();

/** Bytes that wait in this process for clients to take them. */
export function unsentInAll(): number {
  let bytes = 0;
  for (const socket of backedUp) bytes += socket.unsentBytes;
  return bytes;
}

/**
 * A peer's socket. It answers heartbeats itself, as the runtime of Durable Objects does, and sends in one
 * piece what it is given in one turn of the event loop.
 */
export class PeerSocket extends WebSocket implements Connection {
  /** The room that its peer is in, and who it is. Undefined for one that was refused. */
  room: SocketRoom | undefined;
  claim: Claim | undefined;
  /** When the last heartbeat came, in milliseconds since the epoch. */
  lastHeartbeatAt: number | undefined;
  /** Sweeps since the client last sent a frame. */
  silentSweeps = 0;
  /** Whether the client was asked for a sign of life and has given none since. */
  isAsked = false;
  #stream: Duplex | undefined;
  /** All open sockets, with this one. */
  #open: Set<PeerSocket> | undefined;
  /** What is to be sent at the end of this turn, or as soon as the socket is open. */
  #gathered: string[] | undefined = [];
  /** How many characters that is. */
  #gatheredLength = 0;

  /**
   * Begins to work.
   *
   * @param stream that it was opened on.
   * @param open all open sockets: this one is added now, and removed when it is closed.
   */
  attach(stream: Duplex, open: Set<PeerSocket>): void {
    this.#stream = stream;
    this.#open = open.add(this);
    this.on('message', onMessage).on('pong', onPong).on('close', onClose).on('error', ignore);
    new IncomingTexts(stream, this);
  }

  /** Bytes that the client, or the network, has not taken yet. */
  get unsentBytes(): number {
    return (this.#stream?.writableLength ?? 0) + this.#gatheredLength;
  }

  /** @throws if the socket is closing: then the frame would be lost. */
  override send(frame: string): void {
    if (this.readyState !== WebSocket.OPEN) throw new Error('the socket is closing');
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
    const frames = textFrames(this.#gathered);
    this.#gathered = undefined;
    this.#gatheredLength = 0;
    if (this.#stream?.write(frames, 'latin1') === false) this.#noteBackUp();
  }

  #noteBackUp(): void {
    if (backedUp.has(this)) return;
    backedUp.add(this);
    this.#stream?.once('drain', () => backedUp.delete(this));
  }

  /**
   * Closes the socket after all that was sent. `ws` calls this too: with the code and reason of a client
   * that has closed it, and with a code alone if the client broke the protocol. The session is over then,
   * even if the connection ends later: the client may be back on another one before.
   */
  override close(code?: number, reason?: string | Buffer): void {
    this.flush();
    super.close(code, reason);
    if (reason instanceof Buffer) this.#over({ code: code ?? NO_STATUS, reason: String(reason) });
    else if (reason === undefined && code === undefined)
      this.#over({ code: NO_STATUS, reason: '' });
    else if (reason === undefined) this.#over({ reason: 'error' });
  }

  /** Asks the client's end of the connection for a sign of life. */
  ask(): void {
    this.isAsked = true;
    this.ping();
  }

  /** Ends the session at once, and then the socket. */
  end(code: number, reason: string): void {
    this.#over({ code, reason });
    this.close(code, reason);
  }

  received(frame: string | ArrayBuffer): void {
    const now = Date.now();
    this.silentSweeps = 0;
    this.isAsked = false;
    if (frame === HEARTBEAT) {
      const last = this.lastHeartbeatAt ?? 0;
      this.lastHeartbeatAt = now;
      if (this.readyState === WebSocket.OPEN && this.unsentBytes < MAX_UNSENT_BYTES) {
        this.send(HEARTBEAT_ANSWER);
      }
      if (Math.abs(now - last) > SOONEST_HEARTBEAT_MS) return;
    }
    this.room?.receive(this, frame, now);
  }

  /** The client has closed its end. `ws` says so only when both are closed, some turns later. */
  ended(): void {
    this.#over({ code: LOST, reason: '' });
  }

  closed(code: number, reason: string): void {
    this.#open?.delete(this);
    backedUp.delete(this);
    this.#over({ code, reason });
  }

  #over(ending: Ending): void {
    this.room?.disconnect(this, ending);
    this.room = undefined;
  }
}

// One function for all sockets, of which there may be many.

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
  (this as PeerSocket).received(isBinary ? bytesOf(data) : data.toString());
}

function onPong(this: WebSocket): void {
  (this as PeerSocket).isAsked = false;
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  (this as PeerSocket).closed(code, reason.toString());
}

function bytesOf(data: Buffer): ArrayBuffer {
  return Uint8Array.from(data).buffer;
}
