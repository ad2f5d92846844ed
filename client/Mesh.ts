import type { DataConnection } from 'peerjs';
import { LABEL, Link, type LinkSignal } from './Link.ts';
import { Messages } from './Messages.ts';
import type { Frame, Signaling } from './Signaling.ts';
import { steadyTime } from './steadyTime.ts';
import type { JsonObject, RoomPeer, Via } from './types.ts';

/** How long a link may take to open. Then it is tried once more, and after that from time to time. */
const LINK_MS = 4500;
const RETRY_MS = 10_000;
/** When a player has not answered so many times, once a second, this page may be the one without a network. */
const DOUBT_AFTER = 2;
/** When a player has not answered so many times, it may be frozen. */
const SILENT_AFTER = 4;
/** How long a player whom the server believes gone may take for a sign of life. */
const PROBE_MS = 1000;
/**
 * How many messages and bytes this player may send by way of the server in a second: half of the server's
 * limit, as they may arrive late and all at once.
 */
const SERVED_PER_SECOND = 10;
const SERVED_BYTES_PER_SECOND = 32_768;

/** The last message of a player who leaves. */
const BYE = 'bye';

/** What the two ends of a pair say to each other by way of the server. */
type Signal = Partial<LinkSignal> & {
  /** `I have no link to you: call me.` */
  readonly call?: true;
};

interface MeshEvents {
  /** A player can be reached, after so many milliseconds. */
  linked(peer: MeshPeer, ms: number): void;
  /** A player cannot be reached, although it was tried again. It will be now and then. */
  lost(peer: MeshPeer, ms: number): void;
  message(from: MeshPeer, text: string): void;
  /** A player is gone for good. */
  gone(peer: MeshPeer): void;
  changed(): void;
}

/** Another player, and the way to it. */
export class MeshPeer implements RoomPeer {
  readonly id: string;
  seq = 0;
  name = '';
  ready = false;
  away = false;
  data: JsonObject = {};
  reason: RoomPeer['reason'];
  link: Link | undefined;
  /** The server lists this player now. */
  isListed = false;
  /** There should be a link: in a star, if one of the two is the host. */
  isWanted = true;
  /** The page is hidden. */
  isHidden = false;
  /** Since when there has been no link that was open. */
  since = steadyTime();
  /** Since when a way to it has been sought. */
  soughtAt = this.since;
  /** A link since then was answered, and had no path. */
  isAnswered = false;
  tries = 0;
  /** The server passes messages on. */
  isServed = false;
  readonly messages = new Messages();
  /** Messages that wait until the game is told of the player. */
  readonly inbox: string[] = [];

  constructor(id: string) {
    this.id = id;
  }

  get ping(): number | undefined {
    return this.link?.ping;
  }

  get via(): Via {
    if (this.link?.isOpen) return this.link.route === 'relay' ? 'turn' : 'direct';
    if (!this.isWanted) return 'none';
    if (this.isServed) return 'server';
    return this.reason ? 'lost' : 'connecting';
  }
}

/** Whether this player calls another one: the later of the two does, so that each pair has one call. */
export function isCaller(self: { seq: number; id: string }, other: { seq: number; id: string }) {
  return self.seq === other.seq ? self.id > other.id : self.seq > other.seq;
}

/** The links to all other players: one for each pair, whatever happens. */
export class Mesh {
  readonly #signaling: Signaling;
  readonly #events: MeshEvents;
  /** By id. Also those that called before the server has told of them. */
  readonly #peers = new Map<string, MeshPeer>();
  /** Those that have said that they go, by id, with their seq: an older list may still have them. */
  readonly #farewells = new Map<string, number>();
  #self = { id: '', seq: 0 };
  /** The round trip times that the game was told last. */
  #pings = '';
  /** When the last message by way of the server is due, at an even rate. */
  #servedAt = 0;
  #isOver = false;

  constructor(signaling: Signaling, events: MeshEvents) {
    this.#signaling = signaling;
    this.#events = events;
    signaling.peer.on('connection', (connection) => {
      if (connection.label === LABEL) this.#accept(connection);
    });
  }

  get(id: string): MeshPeer | undefined {
    return this.#peers.get(id);
  }

  /**
   * The server has said who is here.
   *
   * @param hub in a star, the id of the host.
   */
  list(
    self: { id: string; seq: number },
    listed: readonly { id: string; seq: number }[],
    hub?: string | null,
  ): void {
    const isFirst = this.#self.seq === 0;
    this.#self = self;
    for (const peer of this.#peers.values()) peer.isListed = false;
    for (const id of this.#farewells.keys()) {
      if (!listed.some((it) => it.id === id)) this.#farewells.delete(id);
    }
    for (const { id, seq } of listed) {
      if (this.#farewells.get(id) === seq) continue;
      const peer = this.#peerOf(id);
      peer.isListed = true;
      peer.seq = seq;
      if (!peer.isWanted) peer.soughtAt = steadyTime();
      peer.isWanted = hub === undefined || [id, self.id].includes(hub ?? '');
      if (!peer.isWanted && peer.link) this.#unlink(peer);
      this.#call(peer);
      // It may not know that this page has begun anew.
      if (isFirst && !peer.link) this.#ask(peer);
    }
    this.#dropUnlisted();
  }

  /** Calls the players that it could not call before. */
  callAll(): void {
    for (const peer of this.#peers.values()) this.#call(peer);
  }

  /** To be called each second. */
  tick(now: number): void {
    // Each answer has another time in it. All changes of a second are told together.
    const pings = [...this.#peers.values()].map(({ ping }) => ping).join();
    if (pings !== this.#pings) this.#events.changed();
    this.#pings = pings;
    for (const peer of this.#peers.values()) {
      const { link } = peer;
      this.#flush(peer);
      if (peer.messages.isUnconfirmed) this.#put(peer, peer.messages.question());
      link?.prove();
      if (link?.isOpen) {
        link.ask();
        // Counted and not timed: this page may have been frozen itself.
        const unanswered = link.unanswered % (SILENT_AFTER + 1);
        if (!this.#signaling.isSound) {
          // As long as the server is not heard either, silence says nothing of the other player.
          link.unanswered = 0;
        } else {
          if (unanswered === SILENT_AFTER) {
            this.#signaling.send({ type: 'ROOM', payload: { suspect: peer.id } });
          }
          if (link.isBroken) void link.restart();
        }
        if (unanswered === DOUBT_AFTER) this.#signaling.doubt();
      } else if (!peer.isWanted || link?.isOpening) peer.since = now;
      else if (now - peer.since > this.#dueAfter(peer.tries)) this.#tryAgain(peer, now);
    }
    this.#dropUnlisted();
  }

  /** Another path for every link. */
  restart(): void {
    for (const { link } of this.#peers.values()) void link?.restart();
  }

  send(peer: MeshPeer, text: string, isUnreliable: boolean): void {
    const { link, messages } = peer;
    // It is gone, though the game may not have been told yet.
    if (this.#peers.get(peer.id) !== peer) return;
    if (isUnreliable) {
      if (link?.isOpen) link.send(text, true);
      else if (peer.isServed && !messages.isWaiting && this.#mayServe(text))
        this.#serve(peer, text);
    } else if (peer.isWanted) {
      if (messages.add(text)) link?.send(text, false);
      this.#flush(peer);
    }
  }

  /** Whether the server passes on one message more. What is beyond its limit would be lost. */
  #mayServe(text: string): boolean {
    const now = steadyTime();
    const bytes = new TextEncoder().encode(JSON.stringify(text)).length;
    const share = Math.max(1 / SERVED_PER_SECOND, bytes / SERVED_BYTES_PER_SECOND);
    const servedAt = Math.max(this.#servedAt, now - 1000) + 1000 * share;
    if (servedAt > now) return false;
    this.#servedAt = servedAt;
    return true;
  }

  /** A player has gone, as itself or the host says. */
  dismiss(id: string): void {
    const peer = this.#peers.get(id);
    if (!peer) return;
    this.#farewells.set(id, peer.seq);
    this.#drop(peer);
  }

  /**
   * Reads what the server passes on.
   *
   * @returns whether it was the kit's own.
   */
  handle({ type, src = '', payload }: Frame): boolean {
    const peer = this.#peers.get(src);
    if (type === 'LEAVE') return !!peer && this.#probe(peer);
    if (type === 'RELAY') {
      if (peer) this.#served(peer, String(payload));
      return true;
    }
    const { kit } = (payload ?? {}) as { kit?: Signal };
    if (type !== 'CANDIDATE' || !kit) return false;
    if (kit.call) this.#called(src);
    else if (kit.of) void peer?.link?.handle({ ...kit, of: kit.of });
    return true;
  }

  /** Tells all that this player goes. It waits for nobody: a page that the browser keeps may come back. */
  leave(): void {
    for (const peer of this.#peers.values()) this.#put(peer, BYE);
  }

  /** Calls nobody any more. The links go on, since what was said last is still on its way. */
  stop(): void {
    this.#isOver = true;
  }

  #peerOf(id: string): MeshPeer {
    const peer = this.#peers.get(id) ?? new MeshPeer(id);
    this.#peers.set(id, peer);
    return peer;
  }

  /** Calls a player, if it is for this one to do and there is no link yet. */
  #call(peer: MeshPeer): void {
    if (this.#isOver || peer.link || !peer.isListed || !this.#signaling.canCall) return;
    if (peer.isWanted && isCaller(this.#self, peer)) {
      peer.link = Link.call(this.#signaling.peer, peer.id, this.#eventsOf(peer));
    }
  }

  /** Asks a player to call, if it is for that one to do. */
  #ask(peer: MeshPeer): void {
    if (peer.isWanted && !isCaller(this.#self, peer)) this.#signal(peer, { call: true });
  }

  /** A player has no link to this one, and asks for it. */
  #called(id: string): void {
    this.#farewells.delete(id);
    const peer = this.#peers.get(id);
    if (!peer || this.#isYoung(peer.link)) return;
    this.#unlink(peer);
    this.#call(peer);
  }

  /** A player has called. It does so only without a link, so that one that is here is dead. */
  #accept(connection: DataConnection): void {
    this.#farewells.delete(connection.peer);
    const peer = this.#peerOf(connection.peer);
    const { link } = peer;
    // Both have called, as the order has changed in between: one call counts, the same at both ends.
    if (link?.isCaller && !link.isOpen && this.#isYoung(link) && this.#self.id > peer.id) {
      setTimeout(() => connection.close());
      return;
    }
    link?.close();
    peer.link = new Link(connection, false, this.#eventsOf(peer));
  }

  /** Of the link that a player has now: one that is closed here says nothing more. */
  #eventsOf(peer: MeshPeer) {
    return {
      messages: peer.messages,
      iceServers: () => this.#signaling.iceServers,
      opened: () => this.#opened(peer),
      message: (text: string) => this.#receive(peer, text),
      ended: () => {
        const wasOpen = peer.link?.heardAt;
        this.#unlink(peer);
        // What never opened is tried again in its time.
        if (wasOpen) this.#call(peer);
        this.#dropUnlisted();
      },
      changed: () => this.#events.changed(),
      signal: (signal: LinkSignal) => this.#signal(peer, signal),
    };
  }

  #opened(peer: MeshPeer): void {
    peer.tries = 0;
    peer.since = steadyTime();
    peer.reason = undefined;
    if (peer.link?.isOpen) peer.isServed = false;
    peer.messages.resume();
    this.#flush(peer);
    this.#events.linked(peer, peer.since - peer.soughtAt);
  }

  /** Sends what waits, as far as there is a way. */
  #flush(peer: MeshPeer): void {
    const { link, messages } = peer;
    const mayGo = () => link?.isOpen || (peer.isServed && this.#mayServe(messages.upcoming));
    while (messages.isWaiting && mayGo()) {
      this.#put(peer, messages.next());
    }
  }

  #put(peer: MeshPeer, text: string): void {
    if (peer.link?.isOpen) peer.link.send(text, false);
    else if (peer.isServed) this.#serve(peer, text);
  }

  /** Has the server pass something on. */
  #serve({ id }: MeshPeer, payload: string): void {
    this.#signaling.send({ type: 'RELAY', dst: id, payload });
  }

  /** The server has passed something on. */
  #served(peer: MeshPeer, text: string): void {
    this.#receive(peer, text);
    if (text[0] === '<') this.#serve(peer, peer.messages.answer(text));
    if (!peer.isServed && !peer.link?.isOpen) {
      peer.isServed = true;
      this.#serve(peer, peer.messages.question());
      this.#opened(peer);
    }
  }

  #receive(peer: MeshPeer, text: string): void {
    const message = peer.messages.read(text);
    this.#flush(peer);
    if (message === BYE) this.dismiss(peer.id);
    else if (message !== undefined) this.#events.message(peer, message);
  }

  #tryAgain(peer: MeshPeer, now: number): void {
    const isAnswered = peer.isAnswered || peer.link?.isAnswered;
    if (peer.tries > 0) peer.reason = isAnswered ? 'no-path' : 'no-answer';
    peer.tries += 1;
    if (!this.#isYoung(peer.link)) this.#unlink(peer);
    if (peer.tries > 1) {
      peer.since = now;
      if (peer.tries === 2 && !peer.isServed) this.#events.lost(peer, now - peer.soughtAt);
      // Where the server relays, it comes back.
      if (!peer.isServed) this.#serve(peer, peer.messages.question());
    }
    this.#call(peer);
    this.#ask(peer);
    this.#events.changed();
  }

  #unlink(peer: MeshPeer): void {
    const { link } = peer;
    if (link?.heardAt) {
      peer.since = steadyTime();
      peer.soughtAt = peer.since;
      peer.isAnswered = false;
    } else peer.isAnswered ||= !!link?.isAnswered;
    link?.close();
    peer.link = undefined;
    this.#events.changed();
  }

  /**
   * The server says that a player is gone. It may only have been without the server for too long, and
   * play on.
   *
   * @returns whether PeerJS must not close the links to it yet.
   */
  #probe(peer: MeshPeer): boolean {
    const { link } = peer;
    if (!link?.isOpen) {
      this.#unlink(peer);
      return false;
    }
    const { heardAt } = link;
    link.ask();
    setTimeout(() => {
      if (peer.link === link && link.heardAt === heardAt) this.#drop(peer);
    }, PROBE_MS);
    return true;
  }

  /** Drops players whom the server does not list and of whom nothing is heard. */
  #dropUnlisted(): void {
    for (const peer of this.#peers.values()) {
      const { link, isListed } = peer;
      const isHeard = link?.isOpen ? link.unanswered < SILENT_AFTER : this.#isYoung(link);
      if (!isListed && !isHeard) this.#drop(peer);
    }
  }

  #drop(peer: MeshPeer): void {
    this.#peers.delete(peer.id);
    peer.link?.close();
    this.#events.gone(peer);
  }

  #signal({ id }: MeshPeer, kit: Signal): void {
    this.#signaling.send({ type: 'CANDIDATE', dst: id, payload: { kit } });
  }

  /**
   * An offer and its answer go by way of the server, from which both players may be far. No player is farther
   * than the limit allows: a page that stood still while its socket opened would wait for as long.
   */
  get #patience(): number {
    return Math.min(RETRY_MS, Math.max(LINK_MS, 1000 + 2 * this.#signaling.openedWithin));
  }

  /** Milliseconds without a link after which it is tried again. */
  #dueAfter(tries: number): number {
    return tries < 2 ? this.#patience * (tries + 1) : RETRY_MS;
  }

  /** Whether a link may still be on its way. */
  #isYoung(link: Link | undefined): boolean {
    return !!link && steadyTime() - link.startedAt < this.#patience;
  }
}
