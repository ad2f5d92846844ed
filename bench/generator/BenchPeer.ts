import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { System } from '../systems/System.ts';
import { type Compression, compressionFor, OFFERED_EXTENSIONS } from './compression.ts';
import { compressedFrame, GOING_AWAY_FRAME, pongFrame, RSV1 } from './frames.ts';

const OPEN = '{"type":"OPEN"}';
const CLOSE_OPCODE = 0x8;
const PING_OPCODE = 0x9;
/** The code for a socket that ended without a close frame (RFC 6455, section 7.1.5). */
const LOST = 1006;

/** How the server ended a socket. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** What servers have agreed to, of all peers of this process; empty text for nothing. */
export const agreedExtensions = new Set<string>();

/**
 * A PeerJS client of which the server sees no difference from a browser's, and which costs the
 * generator a fraction of what a WebSocket library does: frames are written as they were made, and
 * what comes is handed on as bytes.
 */
export class BenchPeer {
  readonly id: string;
  /** Called with the text of each frame after OPEN. Valid only during the call. */
  onText: (text: Buffer) => void = () => {};
  /** Called when the server ends the socket after OPEN. */
  onEnded: (ending: Ending) => void = () => {};
  readonly #socket: Socket;
  #compression: Compression | undefined;
  #rest: Buffer | undefined;
  #isUpgraded = false;
  #isCorked = false;
  #resolve: (() => void) | undefined;
  #fail: (error: Error) => void = () => {};

  private constructor(system: System, id: string) {
    this.id = id;
    this.#socket = connect({ host: system.host, port: system.port, noDelay: true });
  }

  /**
   * Connects, and waits until the server has registered the peer.
   *
   * @param path where it meets others, on a system that has rooms; else they all meet in one place.
   */
  static async open(
    system: System,
    path: string,
    id: string,
    token = `t${id}`,
  ): Promise<BenchPeer> {
    const peer = new BenchPeer(system, id);
    await new Promise<void>((resolve, reject) => {
      peer.#resolve = resolve;
      peer.#fail = reject;
      peer.#socket.on('data', (chunk) => peer.#read(chunk));
      peer.#socket.on('error', reject);
      peer.#socket.on('close', () => peer.#end({ code: LOST, reason: '' }));
      const place = system.hasRooms && path !== '/' ? path : '';
      peer.#socket.write(
        `GET ${place}/peerjs?key=peerjs&id=${id}&token=${token}&version=1.5.5 HTTP/1.1\r\n` +
          `Host: ${system.host}:${system.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
          `Sec-WebSocket-Extensions: ${OFFERED_EXTENSIONS}\r\n\r\n`,
      );
    });
    return peer;
  }

  /** Sends a frame from frames.ts. All of one turn of the event loop go in one write. */
  send(frame: Buffer): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      setImmediate(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(
      this.#compression === undefined ? frame : compressedFrame(frame, this.#compression.compress),
    );
  }

  /** Bytes that the server has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Ends the connection as a page does that is closed. */
  leave(): void {
    this.onEnded = () => {};
    this.#socket.write(GOING_AWAY_FRAME);
    this.#socket.end();
  }

  /** Ends the connection without a word. */
  destroy(): void {
    this.#fail = () => {};
    this.onEnded = () => {};
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    let data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    if (!this.#isUpgraded) {
      const end = data.indexOf('\r\n\r\n');
      if (end === -1) {
        this.#rest = data;
        return;
      }
      const head = data.toString('latin1', 0, end);
      if (!head.startsWith('HTTP/1.1 101')) {
        this.#fail(new Error(`${this.id}: ${head.split('\r\n')[0]}`));
        return;
      }
      const agreed = /^Sec-WebSocket-Extensions: *(.*)$/im.exec(head)?.[1] ?? '';
      this.#compression = compressionFor(agreed);
      agreedExtensions.add(agreed);
      this.#isUpgraded = true;
      data = data.subarray(end + 4);
    }

    let at = 0;
    while (at + 2 <= data.length) {
      let length = (data[at + 1] ?? 0) & 0x7f;
      let start = at + 2;
      if (length === 126) {
        if (start + 2 > data.length) break;
        length = data.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        if (start + 8 > data.length) break;
        length = Number(data.readBigUInt64BE(start));
        start += 8;
      }
      if (start + length > data.length) break;
      const first = data[at] ?? 0;
      const payload = data.subarray(start, start + length);
      const isCompressed = (first & RSV1) !== 0;
      this.#handle(first & 0x0f, isCompressed ? this.#inflate(payload) : payload);
      at = start + length;
    }
    if (at < data.length) this.#rest = data.subarray(at);
  }

  #inflate(payload: Buffer): Buffer {
    if (this.#compression === undefined) throw new Error(`${this.id}: compression was not agreed`);
    return this.#compression.inflate(payload);
  }

  #handle(opcode: number, payload: Buffer): void {
    if (opcode === PING_OPCODE) {
      this.#socket.write(pongFrame(payload));
    } else if (opcode === CLOSE_OPCODE) {
      const code = payload.length < 2 ? LOST : payload.readUInt16BE(0);
      this.#end({ code, reason: String(payload.subarray(2)) });
    } else if (this.#resolve !== undefined) {
      const text = String(payload);
      if (text === OPEN) this.#resolve();
      else this.#fail(new Error(`${this.id}: the server answered ${text}`));
      this.#resolve = undefined;
    } else {
      this.onText(payload);
    }
  }

  #end(ending: Ending): void {
    this.#fail(new Error(`${this.id}: the server closed the socket: ${JSON.stringify(ending)}`));
    const { onEnded } = this;
    this.onEnded = () => {};
    onEnded(ending);
  }
}

/** Opens many peers, a fixed number of them at a time. */
export async function openMany(
  system: System,
  wanted: readonly { readonly path: string; readonly id: string }[],
  atATime: number,
  onOpened: (count: number) => void = () => {},
): Promise<BenchPeer[]> {
  const peers: BenchPeer[] = [];
  let next = 0;
  let opened = 0;
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      for (let index = next++; index < wanted.length; index = next++) {
        const { path, id } = wanted[index] ?? { path: '/', id: '' };
        peers[index] = await BenchPeer.open(system, path, id);
        opened += 1;
        onOpened(opened);
      }
    }),
  );
  return peers;
}
