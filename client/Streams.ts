import type { MediaConnection, Peer } from 'peerjs';
import { LABEL } from './Link.ts';

/** What this page sends of its camera, microphone or screen, and what the others send. */
export class Streams {
  readonly #peer: Peer;
  /** The calls of each stream, by the id of the other player. */
  readonly #calls = new Map<MediaStream, Map<string, MediaConnection>>();
  readonly #incoming = new Map<MediaConnection, string>();

  /** @param received gets each stream of another player once. */
  constructor(peer: Peer, received: (stream: MediaStream, from: string) => void) {
    this.#peer = peer;
    peer.on('call', (call) => {
      if (call.metadata !== LABEL) return;
      this.#incoming.set(call, call.peer);
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

  /** @returns a function that ends it. */
  add(stream: MediaStream, ids: Iterable<string>): () => void {
    const calls = new Map<string, MediaConnection>();
    this.#calls.set(stream, calls);
    for (const id of ids) this.#call(id, stream, calls);
    return () => {
      this.#calls.delete(stream);
      for (const call of calls.values()) call.close();
    };
  }

  /** A player can be reached, for the first time or again. */
  linked(id: string): void {
    for (const [stream, calls] of this.#calls) this.#call(id, stream, calls);
  }

  /** A player is gone. */
  gone(id: string): void {
    for (const calls of this.#calls.values()) {
      calls.get(id)?.close();
      calls.delete(id);
    }
    for (const [call, from] of this.#incoming) if (from === id) call.close();
  }

  #call(id: string, stream: MediaStream, calls: Map<string, MediaConnection>): void {
    if (!this.#peer.open) return;
    calls.get(id)?.close();
    calls.set(id, this.#peer.call(id, stream, { metadata: LABEL }));
  }
}
