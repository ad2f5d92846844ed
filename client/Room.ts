import { util } from 'peerjs';
import { type Action, Actions, messageText } from './Actions.ts';
import { LinkReports } from './LinkReports.ts';
import { Listeners } from './Listeners.ts';
import { Mesh, type MeshPeer } from './Mesh.ts';
import { COMING_IN, Requests } from './Requests.ts';
import { RoomError } from './RoomError.ts';
import { type Frame, Signaling, seatTaken } from './Signaling.ts';
import { Streams } from './Streams.ts';
import { ID_PREFIX, merged, type Said, type Seat, said } from './seats.ts';
import { limit, oldServer, request } from './server.ts';
import { steadyTime } from './steadyTime.ts';
import type { JsonObject, Player, RoomEvents, RoomPeer, RoomStatus, StatePatch } from './types.ts';

/** The payload of a ROOM frame: the whole room. */
interface RoomFacts {
  readonly v: number;
  readonly you: string;
  /** The last request of this page that is in it, the first time. Those before it are too. */
  readonly rid?: number;
  readonly host: string | null;
  readonly term: number;
  readonly size: number;
  readonly locked?: boolean;
  readonly started?: boolean;
  readonly meta?: JsonObject;
  readonly state?: JsonObject;
  readonly peers: readonly (Player & { readonly seq: number })[];
}

/** The payload of a ROOM frame that refuses a request. */
interface RoomRefusal {
  readonly rid?: number;
  readonly error: { readonly type: RoomError['type']; readonly msg: string };
}

/** What the host may change of a room. */
export interface RoomChange {
  meta?: object | undefined;
  /** Strangers find the room in the list. */
  public?: boolean | undefined;
  /** `null` takes it away. */
  password?: string | null | undefined;
}

interface IceAnswer {
  readonly iceServers: RTCIceServer[];
  /** Seconds. */
  readonly ttl: number;
}

/** The `ttl` in seconds when the server did not answer. Like any other it is halved: it may answer by then. */
const ICE_RETRY = 120;

/** How many messages wait for the next host: as many as for a player (client/Messages.ts). */
const MAX_FOR_HOST = 1000;

/** How long a host who has left is shown, unless the server names the next one before. */
const NEXT_HOST_MS = 2000;

/** The host's message before the id of a player whom everybody is to drop. */
const KICK = 'kick ';

/** A room that this page is in. */
export class Room<State extends object = JsonObject> {
  /** What others need to enter the room. */
  readonly code: string;
  readonly selfId: string;
  /** The others, by id. */
  readonly peers: ReadonlyMap<string, RoomPeer>;
  /** All players in the order in which they came, this one included. */
  players: readonly Player[] = [];
  hostId = '';
  /** Grows with each change of the host. */
  term = 0;
  /** How many seats there are. */
  size = 0;
  locked = false;
  /** The room was matched, and full. */
  started = false;
  meta: Readonly<JsonObject> = {};
  /** What the host has put down for all, late-comers included. */
  state: { readonly [Key in keyof State]?: State[Key] } = {};
  status: RoomStatus = 'reconnecting';

  readonly #seat: Seat;
  readonly #peers = new Map<string, MeshPeer>();
  readonly #signaling: Signaling;
  readonly #mesh: Mesh;
  readonly #streams: Streams;
  /** Streams that came before the game was told of their player, or before it listens: each with the player's id. */
  readonly #unseen = new Map<MediaStream, string>();
  readonly #reports: LinkReports;
  readonly #actions = new Actions();
  /** Messages that wait for the next host, since the last one is gone. */
  readonly #forHost: string[] = [];
  readonly #listeners = new Listeners<RoomEvents>();
  readonly #requests = new Requests();
  readonly #pageEvents = new AbortController();
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  #profile: Said;
  #version = 0;
  /** `update` is about to be said. */
  #isChanged = false;

  /**
   * Comes in.
   *
   * @param signal ends the attempt.
   * @throws {RoomError} once it has.
   */
  static async enter<State extends object>(seat: Seat, signal: AbortSignal): Promise<Room<State>> {
    if (!util.validateId(seat.id)) {
      seat.release();
      throw new RoomError('invalid-id', `PeerJS takes no id "${seat.id}": choose another sub.`);
    }
    const room = new Room<State>(seat);
    // Asked while the socket opens. Nobody is called before the answer.
    void room.#askIce(signal);
    // After a request that this signal ends too: its error says more.
    signal.addEventListener('abort', () => setTimeout(() => room.#giveUp()));
    await room.#requests.wait(COMING_IN);
    return room;
  }

  private constructor(seat: Seat) {
    this.#seat = seat;
    this.#reports = new LinkReports(seat);
    this.#profile = seat.profile;
    this.code = seat.code;
    this.selfId = seat.id;
    this.peers = this.#peers;
    this.#signaling = new Signaling(seat, {
      opened: () => this.#opened(),
      lost: () => this.#setStatus('reconnecting'),
      refused: (error) => {
        // Who was kicked is told so once more, after a reload too, and may then take another seat.
        if (error.type === 'id-taken' || (error.type === 'kicked' && this.#isComingIn))
          seat.forget();
        this.#end(error);
      },
      frame: (frame) => this.#read(frame),
    });
    this.#mesh = new Mesh(this.#signaling, {
      linked: ({ id, link }, ms) => {
        this.#reports.add(id, { ms, link: link?.isOpen ? link : undefined });
        this.#streams.linked(id);
        this.#changed();
      },
      lost: ({ id, reason }, ms) => this.#reports.add(id, { ms, reason }),
      message: (from, text) => this.#receive(from, text),
      gone: (peer) => this.#gone(peer),
      changed: () => this.#changed(),
    });
    this.#streams = new Streams(this.#signaling.peer, (stream, from) => {
      this.#unseen.set(stream, from);
      this.#showStreams();
    });
    this.#timers.push(
      setInterval(() => {
        this.#signaling.tick();
        this.#reports.tick();
        this.#mesh.tick(steadyTime());
        this.#streams.tick(steadyTime(), this.#linked());
      }, 1000),
    );
    this.#watchPage();
    seat.ended?.catch(() => this.#end(seatTaken()));
  }

  /** This player runs the game. */
  get isHost(): boolean {
    return this.status !== 'left' && this.hostId === this.selfId;
  }

  /** The address of this page, with the code in it: an invitation. */
  get url(): string {
    const url = new URL(location.href);
    url.searchParams.set('room', this.code);
    return url.href;
  }

  /** @returns a function that ends it. */
  on<Name extends keyof RoomEvents>(
    name: Name,
    listener: (...args: RoomEvents[Name]) => void,
  ): () => void {
    if (name === 'stream') queueMicrotask(() => this.#showStreams());
    return this.#listeners.on(name, listener);
  }

  /**
   * Names a kind of message.
   *
   * @param options.unreliable a message that is lost is not sent again, and none waits for it: for
   *   positions, of which only the last counts. Messages may come in another order.
   */
  makeAction<T>(name: string, { unreliable = false } = {}): Action<T> {
    return {
      send: (data, { to } = {}) => {
        const text = messageText(name, data);
        if (to !== undefined) this.#send(to, text, unreliable);
        else for (const peer of this.#peers.values()) this.#mesh.send(peer, text, unreliable);
      },
      on: (listener) =>
        this.#actions.on(name, (data, origin) => {
          if (this.status !== 'left') listener(data as T, origin);
        }),
    };
  }

  /** Says something of this player to all. */
  async set(profile: Said): Promise<void> {
    if (this.status === 'left') throw left();
    const before = this.#profile;
    const now = merged(before, profile);
    this.#profile = now;
    this.#seat.keep(now);
    try {
      await this.#ask({ set: said(now) });
    } catch (error) {
      // What the server does not take must not be said again, with the next change or after a reconnect.
      if (this.#profile === now && (error as RoomError).type === 'invalid-request') {
        this.#profile = before;
        this.#seat.keep(before);
      }
      throw error;
    }
  }

  /** As the host: changes the state; a value of `null` takes a key away. */
  setState(patch: StatePatch<State>): Promise<void> {
    return this.#ask({ state: patch });
  }

  /** As the host: nobody new comes in. */
  lock(): Promise<void> {
    return this.#ask({ locked: true });
  }

  /** As the host. */
  unlock(): Promise<void> {
    return this.#ask({ locked: false });
  }

  /** As the host: puts a player out. */
  kick(id: string): Promise<void> {
    return this.#putOut(id, { kick: id });
  }

  /** As the host: puts a player out, for the life of the room. */
  ban(id: string): Promise<void> {
    return this.#putOut(id, { ban: id });
  }

  /** As the host: makes another player the host. */
  makeHost(id: string): Promise<void> {
    return this.#ask({ host: id });
  }

  /** As the host: changes the room. */
  async update(change: RoomChange): Promise<void> {
    const { roomUrl, options } = this.#seat;
    if (change.password === undefined) return this.#ask(change);
    // The server refuses this, as it does everything for managed rooms alone.
    if (!roomUrl) return this.#ask({ public: false });
    const signal = limit();
    // Like all other changes: behind those before it, once the server is back, and not after the end.
    await this.set({});
    await this.#seat.renew();
    await request(roomUrl, signal, change, options.token);
  }

  /** Sends a stream to all, those who come later included. @returns a function that ends it. */
  addStream(stream: MediaStream): () => void {
    return this.#streams.add(stream, this.#linked());
  }

  /** Leaves for good: the seat is free for others. */
  leave(): void {
    if (this.status === 'left') return;
    this.#seat.forget();
    this.#sayGoodbye();
    this.#end();
  }

  /** The ids of those to whom there is a link. */
  #linked(): string[] {
    return [...this.#peers.values()].filter(({ link }) => link?.isOpen).map(({ id }) => id);
  }

  /** Nothing happens in a room that this player has left. @returns whether anybody has ever listened to it. */
  #emit<Name extends keyof RoomEvents>(name: Name, ...args: RoomEvents[Name]): boolean {
    return this.status !== 'left' && this.#listeners.emit(name, ...args);
  }

  /** Says `update`, once for all that changes at a time. */
  #changed(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    queueMicrotask(() => {
      this.#isChanged = false;
      this.#emit('update');
    });
  }

  #setStatus(status: 'online' | 'reconnecting'): void {
    if (this.status === status || this.status === 'left') return;
    this.status = status;
    this.#emit('status', status, undefined);
    this.#changed();
  }

  #opened(): void {
    // A server that was started anew counts from the beginning.
    this.#version = Math.min(this.#version, 1);
    this.#signaling.send({ type: 'ROOM', payload: { set: said(this.#profile), rid: COMING_IN } });
    this.#signaling.send({ type: 'ROOM' });
    // Sent before any request of a status listener. The server may carry one out twice, which does no harm.
    for (const payload of this.#requests.payloads) this.#signaling.send({ type: 'ROOM', payload });
    this.#setStatus('online');
  }

  /** Asks the server for a change, and on the next socket again if this one ends before the answer. */
  async #ask(change: object): Promise<void> {
    if (this.status === 'left') throw left();
    const rid = this.#requests.next();
    const payload = merged({ rid }, change);
    if (this.status === 'online') this.#signaling.send({ type: 'ROOM', payload });
    limit().addEventListener('abort', () =>
      this.#requests.refuse(rid, new RoomError('offline', 'The server is away.')),
    );
    await this.#requests.wait(rid, payload);
  }

  async #putOut(id: string, payload: object): Promise<void> {
    await this.#ask(payload);
    for (const peer of this.#peers.values()) this.#mesh.send(peer, KICK + id, false);
    this.#mesh.dismiss(id);
  }

  /** @returns whether PeerJS must not see the frame. */
  #read(frame: Frame): boolean {
    if (frame.type !== 'ROOM') return this.#mesh.handle(frame);
    const payload = frame.payload as RoomFacts | RoomRefusal;
    if ('error' in payload) {
      const { rid = -1, error } = payload;
      const refusal = new RoomError(error.type, error.msg);
      // What was said at the beginning is wrong, such as a name that is too long.
      if (rid === COMING_IN && this.#isComingIn) this.#end(refusal);
      this.#requests.refuse(rid, refusal);
    } else if (payload.v >= this.#version && this.status !== 'left') this.#update(payload);
    return true;
  }

  #update({
    v,
    you,
    rid,
    host,
    term,
    size,
    locked,
    started = false,
    meta = {},
    state = {},
    peers,
  }: RoomFacts): void {
    this.#version = v;
    // Others have stock clients, or have only just come.
    const listed = peers.filter(
      ({ id, data }) => id === you || id.startsWith(ID_PREFIX) || 'kit' in data,
    );
    const self = listed.find(({ id }) => id === you);
    if (!self) return;
    const others = listed.filter((it) => it !== self);
    // This page was slow, or frozen. Heartbeats alone do not show the room that it is back.
    const wasAway = this.players.find(({ id }) => id === you)?.away;
    if (self.away && !wasAway) this.#signaling.send({ type: 'ROOM' });
    // A stock client that is the host of the server runs no game: the first player does. The next one has a
    // greater seq, so that the term grows. One that is not back yet after a deploy plays on.
    const isThere = !host || this.#peers.has(host) || listed.some(({ id }) => id === host);
    const first = isThere ? undefined : listed[0];
    const hostId = first?.id ?? host;
    this.#mesh.list(self, others, this.#seat.where.star ? hostId : undefined);

    /** Each with the one of before, if that is a host whose page was reloaded. */
    const joined: (readonly [MeshPeer, MeshPeer | undefined])[] = [];
    this.players = listed.flatMap(({ id, name, ready, away, data: { kit, ...data } }) => {
      if (id === you) return { id, name, ready, away, data };
      const peer = this.#mesh.get(id);
      // What it says of itself is on its way. The link to it may open meanwhile.
      const isNameless = kit === undefined;
      if (!peer || (isNameless && !this.#peers.has(id))) return [];
      Object.assign(peer, isNameless ? { away } : { name, ready, away, data, isHidden: kit === 0 });
      const before = this.#peers.get(id);
      if (before !== peer) joined.push([peer, before]);
      this.#peers.set(id, peer);
      return peer;
    });
    // Those whom the server has lost and who play on, and a host who has just left.
    for (const peer of this.#peers.values()) {
      if (this.players.includes(peer)) continue;
      peer.away = true;
      this.players = [...this.players, peer];
    }

    const isNewHost = this.hostId !== hostId && hostId !== null;
    // The one who made a matched room may connect behind this player, who has not seen its term: it grows then.
    const isYetToCome = this.term < term && !peers.some(({ id }) => id === host);
    const more = !first ? 0 : isYetToCome ? -1 : first.seq;
    Object.assign(this, { hostId: hostId ?? this.hostId, term: term + more });
    // A server that was started anew has forgotten how the room was made. The game has not.
    if (locked !== undefined || !this.#seat.roomUrl) {
      Object.assign(this, { size, locked: !!locked, started, meta, state });
    }
    if (rid !== undefined) this.#requests.done(rid);
    for (const [peer, before] of joined) {
      if (before) this.#emit('peerleave', before);
      this.#emit('peerjoin', peer);
      for (const text of peer.inbox.splice(0)) this.#receive(peer, text);
    }
    this.#showStreams();
    if (isNewHost) this.#emit('host', this.hostId);
    for (const peer of this.#peers.values()) if (peer.id !== hostId) this.#forget(peer);
    for (const text of this.#forHost.splice(0)) this.#send(this.hostId, text, false);
    this.#changed();
    this.#passOn();
  }

  #send(to: string, text: string, isUnreliable: boolean): void {
    const peer = this.#mesh.get(to);
    if (peer && this.#peers.has(to)) this.#mesh.send(peer, text, isUnreliable);
    // Not inside the call that sends it: messages of others never arrive there either.
    else if (to === this.selfId) queueMicrotask(() => this.#actions.receive(text, to));
    else if (to === this.hostId && !isUnreliable && this.#forHost.length < MAX_FOR_HOST) {
      this.#forHost.push(text);
    }
  }

  #receive(from: MeshPeer, text: string): void {
    if (!this.#peers.has(from.id)) from.inbox.push(text);
    else if (!text.startsWith(KICK)) this.#actions.receive(text, from.id);
    else if (from.id === this.hostId) this.#mesh.dismiss(text.slice(KICK.length));
  }

  #showStreams(): void {
    for (const [stream, from] of this.#unseen) {
      const peer = this.#peers.get(from);
      if (peer && this.#emit('stream', stream, peer)) this.#unseen.delete(stream);
    }
  }

  #gone(peer: MeshPeer): void {
    this.#streams.gone(peer.id);
    for (const [stream, from] of this.#unseen) if (from === peer.id) this.#unseen.delete(stream);
    if (peer.id !== this.hostId) this.#forget(peer);
    // There is always a host: the game hears of the next one first.
    else setTimeout(() => this.#forget(peer), NEXT_HOST_MS);
  }

  /** Tells the game of a player who is gone. */
  #forget(peer: MeshPeer): void {
    if (this.#peers.get(peer.id) !== peer || this.#mesh.get(peer.id) === peer) return;
    this.#peers.delete(peer.id);
    this.players = this.players.filter(({ id }) => id !== peer.id);
    this.#emit('peerleave', peer);
    this.#changed();
  }

  /** A host whose page is hidden hardly runs: it makes the first player who sees the game the host. */
  #passOn(): void {
    if (!this.isHost || !document.hidden || this.status !== 'online') return;
    const next = [...this.#peers.values()].find(({ away, isHidden }) => !away && !isHidden);
    if (next) this.makeHost(next.id).catch(() => {});
  }

  #watchPage(): void {
    const listen = (target: EventTarget, name: string, listener: (event: Event) => void) =>
      target.addEventListener(name, listener, { signal: this.#pageEvents.signal });
    const networkChanged = () => {
      this.#signaling.retry();
      this.#signaling.doubt();
      this.#mesh.restart();
    };
    listen(window, 'online', networkChanged);
    const { connection } = navigator as { connection?: EventTarget };
    if (connection) listen(connection, 'change', networkChanged);
    listen(window, 'pagehide', () => this.#sayGoodbye());
    listen(window, 'pageshow', (event) => {
      // A page that the browser has kept: its sockets are dead.
      if ((event as PageTransitionEvent).persisted) this.#signaling.peer.disconnect();
    });
    listen(document, 'visibilitychange', () => {
      this.#signaling.retry();
      if (this.status === 'online') this.set({}).catch(() => {});
      this.#passOn();
    });
  }

  #sayGoodbye(): void {
    this.#mesh.leave();
    this.#reports.send();
    this.#signaling.leave();
  }

  /** Asks which STUN and TURN servers to use, and again before their credentials expire. */
  async #askIce(signal: AbortSignal): Promise<void> {
    let answer: IceAnswer;
    try {
      answer = await request<IceAnswer>(this.#seat.at('ice'), signal);
    } catch (error) {
      const isFatal = error instanceof RoomError && error.type.endsWith('-server');
      if (isFatal && this.#isComingIn) return this.#end(error);
      // Those of before may still do. Whatever else is wrong, the socket says it better.
      answer = { iceServers: this.#signaling.iceServers, ttl: ICE_RETRY };
    }
    if (this.status === 'left') return;
    this.#signaling.setIceServers(answer.iceServers);
    this.#mesh.callAll();
    this.#timers[1] = setTimeout(async () => {
      await this.#seat.renew().catch(() => {});
      await this.#askIce(limit());
    }, answer.ttl * 500);
  }

  /** The server has not granted yet what this player says of itself. */
  get #isComingIn(): boolean {
    return this.#requests.isWaiting(COMING_IN);
  }

  /** It has taken too long to come in. */
  #giveUp(): void {
    if (!this.#isComingIn) return;
    const why =
      this.status === 'online'
        ? oldServer()
        : new RoomError('blocked-socket', 'A proxy or an extension lets no WebSocket through.');
    this.#end(why);
  }

  #end(error?: RoomError): void {
    if (this.status === 'left') return;
    this.status = 'left';
    for (const timer of this.#timers) clearTimeout(timer);
    this.#pageEvents.abort();
    this.#seat.release();
    this.#mesh.stop();
    this.#signaling.stop();
    setTimeout(() => this.#signaling.peer.destroy(), 200);
    this.#requests.fail(error ?? left());
    this.#peers.clear();
    this.players = [];
    this.#listeners.emit('status', 'left', error);
    this.#listeners.emit('update');
  }
}

function left(): RoomError {
  return new RoomError('left', 'You have left.');
}
