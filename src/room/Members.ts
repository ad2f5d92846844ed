import type { Context } from './Context.ts';
import type { Liveness } from './Liveness.ts';
import type { Management } from './Management.ts';
import type { HostChange, Member } from './Member.ts';
import type { ConnectedPeer, Peer } from './Peer.ts';
import type { Connection } from './RoomRuntime.ts';
import type { Seats } from './Seats.ts';

/** A suspected member that was last heard longer ago than this is silent: PeerJS sends a heartbeat every 5 s. */
const SILENT_AFTER_MS = 11_000;

/** Complaints of two members within this time count together. */
const COMPLAINT_LASTS_MS = 15_000;

const MAX_VOID_TOKENS = 256;

/** Who complained of a peer, and when the first of them did. */
interface Complaint {
  readonly at: number;
  readonly by: Set<string>;
  /** Whether the room has found that the peer is silent. */
  isUpheld: boolean;
}

/**
 * The members of a room: their order, what they say of themselves, and which of them is the host.
 *
 * The host is the first member, and later the earliest of those that are not away. It changes only when
 * the host is gone, yields, hands the role over or is found silent: a host whose socket is lost may still
 * be playing. `term` grows with each change, so that no two hosts share one.
 */
export class Members<C extends Connection> {
  readonly #context: Context<C>;
  readonly #seats: Seats<C>;
  readonly #liveness: Liveness<C>;
  readonly #management: Management<C>;
  /** Like the next field, undefined until it is needed: most rooms never need it. */
  #complaints: Map<string, Complaint> | undefined;
  /** The tokens of kicked members, which do not let them in again until the next hibernation. */
  #voidTokens: Set<string> | undefined;
  #isChanged = false;
  #version = 0;
  #revision = 0;
  #lastSeq = 0;
  #hostId: string | undefined;
  #term = 0;

  constructor(
    context: Context<C>,
    seats: Seats<C>,
    liveness: Liveness<C>,
    management: Management<C>,
  ) {
    this.#context = context;
    this.#seats = seats;
    this.#liveness = liveness;
    this.#management = management;
  }

  /** The id of the host. Undefined while nobody is connected who could be it. */
  get hostId(): string | undefined {
    return this.#hostId;
  }

  /**
   * Grows with each change of the host. It begins with the time, so that it also grows
   * where a room has been empty in between and slept.
   */
  get term(): number {
    return this.#term;
  }

  /** All members, in the order in which they came. */
  get all(): Peer<C>[] {
    const peers = [...this.#seats.connected, ...this.#seats.away];
    return peers.sort((one, other) => seqOf(one) - seqOf(other));
  }

  /** Whether a token is of a member that was kicked. */
  isVoid(token: string): boolean {
    return this.#voidTokens?.has(token) ?? false;
  }

  /** A member is kicked: its token does not let it in again. */
  voidToken(token: string): void {
    this.#voidTokens ??= new Set();
    if (this.#voidTokens.size >= MAX_VOID_TOKENS) this.#voidTokens.clear();
    this.#voidTokens.add(token);
  }

  /** The member that a peer becomes when it joins: the host, if there is none. Undefined in a realm. */
  newMember(id: string, now: number): Member | undefined {
    if (!this.#context.policy.hasMembers) return undefined;
    this.#lastSeq += 1;
    // The peer that made the room is its host before it connects.
    if (this.#hostId === id) return { seq: this.#lastSeq, hostTerm: this.#term };
    if (this.#hostId !== undefined) return { seq: this.#lastSeq };
    this.#hostIs(id, now);
    return { seq: this.#lastSeq, hostTerm: this.#term };
  }

  /** Something has changed that members are told of. */
  changed(now: number): void {
    this.#version = Math.max(this.#version + 1, now);
    this.#revision += 1;
    this.#isChanged = true;
  }

  /** Grows with each change. It begins with the time, so that it also grows over a hibernation. */
  get version(): number {
    return this.#version;
  }

  /** Changes whenever something that is kept of the members changes, even if they are not told. */
  get revision(): number {
    return this.#revision;
  }

  /** Begins to count versions, where nothing has changed since the room came into memory. */
  beginVersions(now: number): void {
    if (this.#version === 0) this.#version = now;
  }

  /** Whether members are still to be told of a change. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** Members are told of all that has changed. */
  noteTold(): void {
    this.#isChanged = false;
  }

  /** A peer has joined or come back. */
  joined(now: number): void {
    if (!this.#context.policy.hasMembers) return;
    if (this.#hostId === undefined) this.#elect(now, 'first');
    this.changed(now);
  }

  /** A peer has no seat any more. */
  left(id: string, now: number): void {
    if (!this.#context.policy.hasMembers) return;
    this.#complaints?.delete(id);
    if (this.#hostId === id) this.#replaceGone(now);
    this.changed(now);
  }

  /** Somebody has made the room, and is its host before they connect. */
  made(hostId: string, now: number): void {
    this.#hostIs(hostId, now);
    this.changed(now);
  }

  /** The managed room has ended, and nobody is there. */
  ended(): void {
    this.#hostId = undefined;
  }

  /** Names another host if the one that there is has not come, or not come back. */
  lookForHost(now: number): void {
    if (this.#hostId === undefined || this.#seats.find(this.#hostId) !== undefined) return;
    this.#management.awaitAgain(this.#hostId, now);
    if (this.awaitedHostUntil(now) !== undefined) return;
    this.#replaceGone(now);
    this.changed(now);
  }

  /** Until when the room waits for its host to connect. Undefined if it does not. */
  awaitedHostUntil(now: number): number | undefined {
    return this.#management.awaited(now).find(({ id }) => id === this.#hostId)?.awaitedUntil;
  }

  /**
   * Finds the host and the order of the members that were restored after a hibernation. In a managed
   * room the record names the host.
   */
  restored(): void {
    if (!this.#context.policy.hasMembers) return;
    const { hostId, term = 0 } = this.#management.record ?? {};
    if (term > this.#term) {
      this.#term = term;
      this.#hostId = hostId;
    }
    for (const { id, member } of this.all) {
      this.#lastSeq = Math.max(this.#lastSeq, member?.seq ?? 0);
      const hostTerm = member?.hostTerm ?? 0;
      if (hostTerm === 0 || hostTerm < this.#term) continue;
      this.#term = hostTerm;
      this.#hostId = id;
    }
  }

  /**
   * The room goes on in another process, which may not know the last host before a crash. A new term begins,
   * so that no member who has seen that host takes this one for older.
   */
  resumed(now: number): void {
    this.#hostIs(this.#hostId, now);
    const host = this.#seats.find(this.#hostId ?? '');
    if (host !== undefined) this.update(host, { hostTerm: this.#term });
  }

  /**
   * Another member becomes the host.
   *
   * @param id who, or undefined for the next one in order.
   * @returns whether there is somebody who could be it.
   */
  replaceHost(now: number, cause: HostChange, id?: string): boolean {
    if (id === undefined) return this.#elect(now, cause);
    const peer = this.#seats.find(id);
    if (peer?.state !== 'connected') return false;
    this.#makeHost(peer, cause, now);
    return true;
  }

  /** Whether a member is away: its socket is lost, or the room has found it silent. */
  isAway(peer: Peer<C>): boolean {
    if (peer.state === 'away') return true;
    const complaint = this.#complaints?.get(peer.id);
    return complaint?.isUpheld === true && peer.heardAt <= complaint.at;
  }

  /**
   * A member says that another one does not answer. The room does not ask that peer, but looks at when it
   * was last heard.
   */
  complain(by: string, of: string, now: number): void {
    const peer = this.#seats.find(of);
    if (peer === undefined || by === of) return;
    if (peer.state === 'connected' && !this.#isFoundSilent(peer, by, now)) return;
    if (of === this.#hostId) this.#elect(now, 'silent');
  }

  /** A member that was found silent has said something. */
  noteHeard(peer: ConnectedPeer<C>, now: number): void {
    if (this.#complaints === undefined || !this.#complaints.delete(peer.id)) return;
    if (this.#hostId === undefined) this.#elect(now, 'first');
    this.changed(now);
  }

  /** Changes what a member says of itself. */
  update(peer: Peer<C>, change: Partial<Member>): void {
    if (peer.member === undefined) return;
    this.#revision += 1;
    this.#seats.setMember(peer, { ...peer.member, ...change });
    if (peer.state === 'connected') this.#seats.persist(peer);
    else this.#seats.persistAway();
  }

  #isFoundSilent(peer: ConnectedPeer<C>, by: string, now: number): boolean {
    this.#liveness.lookForHeartbeat(peer);
    const before = this.#complaints?.get(peer.id);
    const isOld = before === undefined || now - before.at > COMPLAINT_LASTS_MS;
    const complaint = isOld ? { at: now, by: new Set<string>(), isUpheld: false } : before;
    complaint.by.add(by);
    this.#complaints ??= new Map();
    this.#complaints.set(peer.id, complaint);
    if (now - peer.heardAt > SILENT_AFTER_MS || complaint.by.size > 1) complaint.isUpheld = true;
    return complaint.isUpheld;
  }

  #elect(now: number, cause: HostChange): boolean {
    const next = this.all.find(
      (peer) => peer.id !== this.#hostId && !this.isAway(peer) && !this.#isLost(peer, now),
    );
    if (next?.state !== 'connected') return false;
    this.#makeHost(next, cause, now);
    return true;
  }

  #isLost(peer: Peer<C>, now: number): boolean {
    return peer.state === 'away' || this.#liveness.isLost(peer, now);
  }

  /** The host is gone, and has no seat any more. */
  #replaceGone(now: number): void {
    this.#hostId = undefined;
    if (!this.#elect(now, 'left')) this.#management.noteHost(undefined, this.#term);
  }

  #makeHost(peer: ConnectedPeer<C>, cause: HostChange, now: number): void {
    const before = this.#hostId === undefined ? undefined : this.#seats.find(this.#hostId);
    if (before?.id === peer.id) return;
    this.#hostIs(peer.id, now);
    if (before !== undefined) this.update(before, { hostTerm: undefined });
    this.update(peer, { hostTerm: this.#term });
    // The first is told of as a peer that joins.
    if (cause === 'first') return;
    const { id, requestId } = peer;
    this.#context.observer.observe({
      event: 'host.changed',
      peer: id,
      requestId,
      term: this.#term,
      cause,
    });
  }

  #hostIs(id: string | undefined, now: number): void {
    this.#hostId = id;
    this.#term = Math.max(this.#term + 1, now);
    this.#management.noteHost(id, this.#term);
  }
}

function seqOf({ member }: Peer<unknown>): number {
  return member?.seq ?? 0;
}
