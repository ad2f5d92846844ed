import type { MediaConnection, Peer } from 'peerjs';
import { LABEL } from './Link.ts';
import { steadyTime } from './steadyTime.ts';

/** How long a call may take to connect, or be without a path, before it is made anew. It doubles each time, up to the longest. */
const CALL_MS = 5000;
const LONGEST_MS = 20_000;

/** A stream on its way to another player. */
interface Call {
  readonly media: MediaConnection;
  /** When it is made anew, unless it is connected by then. */
  readonly dueAt: number;
  /** How often it has been made without success. */
  readonly tries: number;
}

/** What this page sends of its camera, microphone or screen, and what the others send. */
export class Streams {
  readonly #peer: Peer;
  /** The calls of each stream, by the id of the other player. */
  readonly #calls = new Map<MediaStream, Map<string, Call>>();
  /** When a call from another player is given up, unless it is connected by then. */
  readonly #incoming = new Map<MediaConnection, number>();

  /** @param received gets each stream of another player once. */
  constructor(peer: Peer, received: (stream: MediaStream, from: string) => void) {
    this.#peer = peer;
    peer.on('call', (call) => {
      if (call.metadata !== LABEL) return;
      this.#incoming.set(call, steadyTime() + LONGEST_MS);
      // PeerJS tells of a stream once for each of its tracks.
      let last: MediaStream | undefined;
      call.on('stream', (stream) => {
        if (stream !== last) received(stream, call.peer);
        last = stream;
      });
      call.on('close', () => this.#incoming.delete(call));
      call.answer();
    });
  }

  /** @returns a function that ends it. One that is sent already is sent once. */
  add(stream: MediaStream, ids: Iterable<string>): () => void {
    const calls = this.#calls.get(stream) ?? new Map<string, Call>();
    this.#calls.set(stream, calls);
    for (const id of ids) if (!calls.has(id)) this.#call(id, stream, calls);
    return () => {
      if (this.#calls.get(stream) !== calls) return;
      this.#calls.delete(stream);
      for (const { media } of calls.values()) media.close();
    };
  }

  /** A player can be reached, for the first time or again. */
  linked(id: string): void {
    for (const [stream, calls] of this.#calls) this.#call(id, stream, calls);
  }

  /**
   * To be called each second: PeerJS makes no call anew that did not get through, or lost its path.
   *
   * @param ids of the players to whom there is a link.
   */
  tick(now: number, ids: readonly string[]): void {
    // Nobody tells the end of a call that ended before it was connected, and without an address of the other
    // page the browser waits for it for ever.
    for (const [call, dueAt] of this.#incoming) {
      if (call.peerConnection?.connectionState === 'connected') {
        this.#incoming.set(call, now + LONGEST_MS);
      } else if (now > dueAt) call.close();
    }
    for (const [stream, calls] of this.#calls) {
      for (const id of ids) {
        const call = calls.get(id);
        if (!call) this.#call(id, stream, calls);
        else if (call.media.peerConnection?.connectionState === 'connected') {
          calls.set(id, { media: call.media, dueAt: now + CALL_MS, tries: 0 });
        } else if (now > call.dueAt) this.#call(id, stream, calls, call.tries + 1);
      }
    }
  }

  /** A player is gone. */
  gone(id: string): void {
    for (const calls of this.#calls.values()) {
      calls.get(id)?.media.close();
      calls.delete(id);
    }
    for (const [call] of this.#incoming) if (call.peer === id) call.close();
  }

  #call(id: string, stream: MediaStream, calls: Map<string, Call>, tries = 0): void {
    if (!this.#peer.open) return;
    calls.get(id)?.media.close();
    const media = this.#peer.call(id, stream, { metadata: LABEL });
    const dueAt = steadyTime() + Math.min(CALL_MS * 2 ** tries, LONGEST_MS);
    calls.set(id, { media, dueAt, tries });
  }
}
