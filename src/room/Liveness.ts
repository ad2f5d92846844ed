import type { ClientMessage } from '../protocol/messages.ts';
import type { Context } from './Context.ts';
import type { ConnectedPeer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';

/** A page answers an offer of a data connection within a second, without asking anybody. */
const ANSWERS_WITHIN_MS = 5000;

/**
 * Which of the connected peers are really there. No timer looks for silent peers: they harm nobody
 * until somebody claims the id, needs the seat or sends a message.
 *
 * A *ghost* sends heartbeats, has never said anything else, and does not answer an offer. PeerJS
 * leaves such a socket behind where a `Peer` is destroyed before the server has given it an id.
 */
export class Liveness<C extends Connection> {
  readonly #context: Context<C>;
  readonly #seats: Seats<C>;
  readonly #aliveTimeout: number;

  constructor(context: Context<C>, seats: Seats<C>) {
    this.#context = context;
    this.#seats = seats;
    this.#aliveTimeout = context.policy.aliveTimeout;
  }

  /** A peer has sent something. */
  hear(peer: ConnectedPeer<C>, now: number): void {
    peer.heardAt = now;
    peer.unheard.heardNow();
    this.#seats.persistHeard(peer);
  }

  /** Asks the runtime for the last heartbeat, which it answers without telling the room. */
  lookForHeartbeat(peer: ConnectedPeer<C>): void {
    const wall = this.#context.runtime.lastHeartbeatAt(peer.connection);
    if (wall === undefined) return;
    const at = this.#context.clock.fromWall(wall);
    peer.heardAt = Math.max(peer.heardAt, at);
    peer.unheard.heard(at);
  }

  /** Whether a peer has been silent long enough that others may have its id and seat. */
  isSilent(peer: ConnectedPeer<C>, now: number): boolean {
    if (now - peer.heardAt <= this.#aliveTimeout) return false;
    this.lookForHeartbeat(peer);
    return now - peer.heardAt > this.#aliveTimeout;
  }

  /**
   * Whether a peer that seems connected has lost its network without a word. Silence shows that only
   * of those who have sent heartbeats: clients for Python and Android may send none.
   */
  isLost(peer: ConnectedPeer<C>, now: number): boolean {
    if (!this.isSilent(peer, now)) return false;
    const { runtime } = this.#context;
    return peer.sendsOwnHeartbeats || runtime.lastHeartbeatAt(peer.connection) !== undefined;
  }

  /** A peer sends heartbeats that the runtime neither answers nor notes the time of. */
  noteOwnHeartbeat(peer: ConnectedPeer<C>): void {
    if (peer.sendsOwnHeartbeats) return;
    peer.sendsOwnHeartbeats = true;
    this.#seats.persist(peer);
  }

  /** A peer has sent more than a heartbeat, so it is no ghost. */
  noteSpeech(peer: ConnectedPeer<C>): void {
    if (peer.hasSpoken) return;
    peer.hasSpoken = true;
    peer.offeredAt = undefined;
    if (this.#context.policy.givesAwayGhostSeats) this.#seats.persist(peer);
  }

  /** A peer was sent an offer. Whether it answers shows whether it is a ghost. */
  noteOffer({ dst, payload }: ClientMessage, now: number): void {
    if (!this.#context.policy.givesAwayGhostSeats) return;
    const peer = this.#seats.find(dst);
    if (peer?.state !== 'connected' || peer.hasSpoken || peer.offeredAt !== undefined) return;
    // A call with sound and picture waits until a person accepts it.
    const isData = (payload as { type?: unknown } | null | undefined)?.type === 'data';
    if (!isData) return;
    peer.offeredAt = now;
    this.#seats.persist(peer);
  }

  /** A ghost, if there is one. */
  findGhost(now: number): ConnectedPeer<C> | undefined {
    return this.#seats.connected.find(
      ({ offeredAt }) => offeredAt !== undefined && now - offeredAt >= ANSWERS_WITHIN_MS,
    );
  }
}
