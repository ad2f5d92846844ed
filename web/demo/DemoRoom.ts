import { type DataConnection, Peer } from 'peerjs';
import { refusalSentence } from '../../src/protocol/refusals.ts';
import { peerOptions } from '../shared/server.ts';
import { backOff } from './backOff.ts';
import { newPlayerId } from './colours.ts';
import { type PlayerMessage, type Point, readMessage } from './messages.ts';

/** The state of this page at the server. */
export type RoomStatus =
  | { readonly kind: 'joining' }
  | { readonly kind: 'joined' }
  /** The server cannot be reached. Connections between players do not need it, so they stay. */
  | { readonly kind: 'reconnecting'; readonly nextAttemptAt: number }
  | { readonly kind: 'full' }
  /** Joined, but the server does not list the others (ALLOW_DISCOVERY). */
  | { readonly kind: 'unlisted' }
  | { readonly kind: 'wrong-key' }
  | { readonly kind: 'refused'; readonly message: string };

/** Another player. */
export interface Player {
  readonly id: string;
  /** Before the first direct connection is open, and if none can be made. */
  isConnected: boolean;
  /** Where the player's cursor is, once it is known. */
  cursor: Point | undefined;
  /** The round trip from this page in milliseconds, once measured. */
  roundTrip: number | undefined;
  /** The round trips that the player measured, by the id of the other. */
  roundTrips: Readonly<Record<string, number>>;
}

export interface DemoRoomEvents {
  /** Something visible has changed. */
  changed(): void;
  joined(id: string): void;
  left(id: string): void;
}

interface Link {
  readonly player: Player;
  connection: DataConnection;
  isOurs: boolean;
}

const PING_MS = 1000;
/**
 * How often this tab tries to get its id back from an old socket that the server believes is open.
 */
const CLAIMS = 5;

/**
 * This page's player in a room, a stock PeerJS peer: it joins, lists the others, connects to each
 * of them, and reconnects after the server could not be reached.
 */
export class DemoRoom {
  readonly #name: string;
  readonly #key: string;
  readonly #iceServers: RTCIceServer[];
  readonly #events: DemoRoomEvents;
  readonly #links = new Map<string, Link>();
  readonly #storedId: string;
  #peer: Peer | undefined;
  #id = '';
  #status: RoomStatus = { kind: 'joining' };
  #cursor: Point | undefined;
  #attempt = 0;
  #claims = 0;
  #syncs = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #syncTimer: ReturnType<typeof setTimeout> | undefined;
  #pingTimer: ReturnType<typeof setInterval> | undefined;

  constructor(name: string, key: string, iceServers: RTCIceServer[], events: DemoRoomEvents) {
    this.#name = name;
    this.#key = key;
    this.#iceServers = iceServers;
    this.#events = events;
    this.#storedId = `demo-player:${name}`;
  }

  /** This page's own player. Empty before the first attempt to join. */
  get id(): string {
    return this.#id;
  }

  get status(): RoomStatus {
    return this.#status;
  }

  get players(): Player[] {
    return [...this.#links.values()].map(({ player }) => player);
  }

  /** Joins with this tab's old id if the tab was reloaded, or with a new one. */
  async join(): Promise<void> {
    this.#setStatus({ kind: 'joining' });
    const stored = sessionStorage.getItem(this.#storedId);
    const others = stored === null ? await this.#listPlayers() : undefined;
    this.#pingTimer ??= setInterval(() => this.#ping(), PING_MS);
    this.#open(stored ?? newPlayerId(Array.isArray(others) ? others : []));
  }

  /** Leaves at once: the others see it without the server. */
  leave(): void {
    this.#stopTimers();
    this.#abandonPeer();
  }

  /** Tries to reach the server now instead of later. */
  retryNow(): void {
    if (this.#status.kind !== 'reconnecting') return;
    clearTimeout(this.#retryTimer);
    this.#reconnect();
  }

  /** Sends the position of this page's cursor to the others. */
  moveCursor(to: Point): void {
    this.#cursor = to;
    for (const link of this.#links.values()) this.#send(link, { type: 'cursor', at: to });
  }

  #open(id: string): void {
    this.#id = id;
    const peer = new Peer(id, peerOptions(this.#name, this.#key, this.#iceServers));
    this.#peer = peer;
    peer.on('open', () => {
      sessionStorage.setItem(this.#storedId, id);
      this.#attempt = 0;
      this.#claims = 0;
      this.#syncs = 0;
      this.#setStatus({ kind: 'joined' });
      void this.#connectToOthers();
    });
    peer.on('connection', (connection) => this.#welcome(connection));
    peer.on('error', ({ type, message }) => {
      if (type === 'unavailable-id') this.#claimAgain();
      else if (type === 'server-error') this.#refuse(message);
      else if (type === 'browser-incompatible') this.#end({ kind: 'refused', message });
      // The player was in the list, but gone when the offer came.
      else if (type === 'peer-unavailable') this.#dropUnavailable(message);
    });
    peer.on('disconnected', () => {
      if (this.#peer === peer && ['joining', 'joined', 'unlisted'].includes(this.#status.kind)) {
        this.#reconnectLater();
      }
    });
  }

  /** After a reload the server may not have noticed yet that the old socket is gone. */
  #claimAgain(): void {
    this.#abandonPeer();
    this.#claims += 1;
    if (this.#claims < CLAIMS) {
      this.#retryTimer = setTimeout(() => this.#open(this.#id), backOff(this.#claims, 100, 1000));
      return;
    }
    // Another tab has the id: this tab is a copy of it.
    sessionStorage.removeItem(this.#storedId);
    void this.join();
  }

  #refuse(message: string): void {
    if (message === refusalSentence('room-full')) this.#end({ kind: 'full' });
    else if (message === refusalSentence('invalid-key')) this.#end({ kind: 'wrong-key' });
    else this.#end({ kind: 'refused', message });
  }

  #end(status: RoomStatus): void {
    this.#stopTimers();
    this.#abandonPeer();
    this.#setStatus(status);
  }

  /** Destroys the peer and ignores the events that follow. */
  #abandonPeer(): void {
    const peer = this.#peer;
    this.#peer = undefined;
    peer?.destroy();
  }

  #reconnectLater(): void {
    const delay = backOff(this.#attempt, 1000, 15_000);
    this.#attempt += 1;
    this.#retryTimer = setTimeout(() => this.#reconnect(), delay);
    this.#setStatus({ kind: 'reconnecting', nextAttemptAt: Date.now() + delay });
  }

  #reconnect(): void {
    this.#setStatus({ kind: 'joining' });
    // Keeps id, token and connections.
    if (this.#peer?.disconnected === true && !this.#peer.destroyed) this.#peer.reconnect();
    else this.#open(this.#id);
  }

  async #connectToOthers(): Promise<void> {
    const listed = await this.#listPlayers();
    if (this.#peer?.open !== true) return;
    if (listed === 'unlisted') {
      this.#setStatus({ kind: 'unlisted' });
      return;
    }
    if (listed === 'failed') {
      this.#connectToOthersLater();
      return;
    }
    for (const { player } of [...this.#links.values()]) {
      if (!player.isConnected && !listed.includes(player.id)) this.#remove(player.id);
    }
    for (const id of listed) {
      const isReached = this.#links.get(id)?.player.isConnected ?? false;
      if (id === this.#id || isReached) continue;
      const connection = this.#peer.connect(id, { serialization: 'json', reliable: true });
      this.#link(connection, true);
    }
    if (this.players.some(({ isConnected }) => !isConnected)) this.#connectToOthersLater();
  }

  /** Tries again, since a connection may fail while both players are here. */
  #connectToOthersLater(): void {
    clearTimeout(this.#syncTimer);
    const delay = backOff(this.#syncs, 8000, 60_000);
    this.#syncs += 1;
    this.#syncTimer = setTimeout(() => void this.#connectToOthers(), delay);
  }

  async #listPlayers(): Promise<string[] | 'unlisted' | 'failed'> {
    try {
      const path = `room/${encodeURIComponent(this.#name)}/${encodeURIComponent(this.#key)}/peers`;
      const response = await fetch(path, { cache: 'no-store' });
      if (response.status === 401) return 'unlisted';
      return response.ok ? ((await response.json()) as string[]) : 'failed';
    } catch {
      return 'failed';
    }
  }

  #welcome(connection: DataConnection): void {
    const existing = this.#links.get(connection.peer);
    // Both have connected to each other at once: both keep the connection from the smaller id.
    if (
      existing?.isOurs === true &&
      existing.connection.open === false &&
      this.#id < connection.peer
    ) {
      setTimeout(() => connection.close());
      return;
    }
    this.#link(connection, false);
  }

  #link(connection: DataConnection, isOurs: boolean): void {
    const id = connection.peer;
    const existing = this.#links.get(id);
    const player = existing?.player ?? {
      id,
      isConnected: false,
      cursor: undefined,
      roundTrip: undefined,
      roundTrips: {},
    };
    const link: Link = { player, connection, isOurs };
    this.#links.set(id, link);
    existing?.connection.close();
    const isCurrent = () => this.#links.get(id) === link;

    connection.on('open', () => {
      if (!isCurrent()) return;
      const isNew = !player.isConnected;
      player.isConnected = true;
      if (this.#cursor !== undefined) this.#send(link, { type: 'cursor', at: this.#cursor });
      this.#pingOne(link);
      if (isNew) this.#events.joined(id);
      this.#events.changed();
    });
    connection.on('data', (data) => {
      const message = readMessage(data);
      if (isCurrent() && message !== undefined) this.#receive(link, message);
    });
    connection.on('close', () => {
      if (!isCurrent()) return;
      if (player.isConnected) this.#remove(id);
      // The player may still be here, and only the connection be lost.
      if (this.#peer?.open === true) this.#connectToOthersLater();
    });
    // A close or the next attempt follows an error.
    connection.on('error', () => {});
    this.#events.changed();
  }

  #receive(link: Link, message: PlayerMessage): void {
    const { player } = link;
    switch (message.type) {
      case 'cursor':
        player.cursor = message.at;
        break;
      case 'ping':
        player.roundTrips = message.roundTrips;
        this.#send(link, { type: 'pong', sent: message.sent });
        break;
      case 'pong':
        player.roundTrip = performance.now() - message.sent;
        break;
      default:
        message satisfies never;
    }
    this.#events.changed();
  }

  #send({ connection }: Link, message: PlayerMessage): void {
    if (connection.open) void connection.send(message);
  }

  #ping(): void {
    for (const link of this.#links.values()) this.#pingOne(link);
    // The status shows a countdown.
    if (this.#status.kind === 'reconnecting') this.#events.changed();
  }

  #pingOne(link: Link): void {
    const roundTrips: Record<string, number> = {};
    for (const { id, roundTrip } of this.players) {
      if (roundTrip !== undefined) roundTrips[id] = roundTrip;
    }
    this.#send(link, { type: 'ping', sent: performance.now(), roundTrips });
  }

  #dropUnavailable(message: string): void {
    // PeerJS names the peer only in the message.
    for (const { id, isConnected } of this.players) {
      if (!isConnected && message.endsWith(` ${id}`)) this.#remove(id);
    }
  }

  #remove(id: string): void {
    const link = this.#links.get(id);
    if (link === undefined) return;
    this.#links.delete(id);
    link.connection.close();
    if (link.player.isConnected) this.#events.left(id);
    this.#events.changed();
  }

  #setStatus(status: RoomStatus): void {
    this.#status = status;
    this.#events.changed();
  }

  #stopTimers(): void {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#syncTimer);
    clearInterval(this.#pingTimer);
    this.#pingTimer = undefined;
  }
}
