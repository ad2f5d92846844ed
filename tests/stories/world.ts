import { expect } from 'vitest';
import type { Closed, FramePeer } from '../support/framePeer.ts';
import { againIfTooSlow } from '../support/inTime.ts';

/** A server that stories can be played on, however it was started. */
export interface ServerUnderTest {
  readonly kind: 'official' | 'ours';
  /** What clients give as their `path`. */
  readonly path: string;
  /**
   * Opens a socket and resolves when it is open, or has failed to open and is closed.
   *
   * @param url its path and query.
   * @param protocols the subprotocols that the client offers.
   */
  connect(url: string, id: string, token: string, protocols: readonly string[]): Promise<FramePeer>;
  /** @param url a path and query. */
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Called before everything that a story does to the server, but not while messages wait. */
  beforeStep?(): Promise<void>;
}

/** As whom a player connects. Each has a default that a server accepts. */
export interface PlayerOptions {
  readonly id?: string;
  readonly token?: string;
  readonly key?: string;
  /** What the socket asks for as it opens. */
  readonly ask?: 'ROOM' | 'SEAT';
  /** What its page calls itself. */
  readonly page?: string;
  /** By default the path of the server under test. */
  readonly path?: string;
  /** The path of the socket to the letter, instead of `path` and `/peerjs`. */
  readonly socketPath?: string;
  /** The whole query to the letter, instead of key, id and token. */
  readonly query?: string;
  /** The subprotocols that the client offers. By default none, as PeerJS does. */
  readonly protocols?: readonly string[];
}

/** An HTTP answer, as far as a client sees it. */
export interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  readonly cacheControl: string | null;
  readonly body: string;
  /** The headers of CORS, and what of them a cache has to know. */
  readonly cors: Readonly<Record<string, string>>;
}

/** Why all differs that only a room has. docs/protocol.md says it once. */
export const NO_ROOMS = 'the official server has no rooms';

/** A story, which the official server and this one must tell alike. */
export interface Story {
  /** What happens, as a sentence. docs/protocol.md names the stories that have a `difference`. */
  readonly name: string;
  /**
   * Why this server differs here from the official one on purpose. Such a story says through
   * `World.differs` what each of them does.
   */
  readonly difference?: string;
  /** The story is told of this server alone, as the official one has nothing like it. */
  readonly isOurs?: true;
  /** Whether the server lists its peers. By default it does not matter. */
  readonly discovery?: 'on' | 'off';
  /** Whether a player stops reading for a while, which not every socket can. */
  readonly stopsReading?: true;
  tell(world: World): Promise<void>;
}

let stories = 0;

/** One server during one story. */
export class World {
  readonly path: string;
  /** A room, where the server has such a thing: the official one has but its one path. */
  readonly room: string;
  readonly kind: 'official' | 'ours';
  readonly #server: ServerUnderTest;
  readonly #story: number;
  readonly #players: Player[] = [];
  #isWaiting = false;
  #hasDiffered = false;

  constructor(server: ServerUnderTest) {
    stories += 1;
    this.#story = stories;
    this.#server = server;
    this.kind = server.kind;
    this.path = server.path;
    this.room = server.kind === 'ours' ? `/room/table-${stories}` : server.path;
  }

  /** An id that no other story uses. */
  id(name: string): string {
    return `${name}-${this.#story}`;
  }

  /** Opens a socket and waits for no frame. Two connects under one name are the same peer. */
  async connect(name: string, options: PlayerOptions = {}): Promise<Player> {
    await this.step();
    const id = options.id ?? this.id(name);
    const token = options.token ?? `token-of-${name}`;
    const path = options.path ?? this.path;
    const socketPath = options.socketPath ?? `${path}${path.endsWith('/') ? '' : '/'}peerjs`;
    const { key = 'peerjs', ask, page } = options;
    const asked = { ...(ask && { ask }), ...(page && { page }) };
    const query = options.query ?? new URLSearchParams({ key, ...asked, id, token }).toString();
    const { protocols = [] } = options;
    const peer = await this.#server.connect(`${socketPath}?${query}`, id, token, protocols);
    const player = new Player(this, peer);
    this.#players.push(player);
    return player;
  }

  /** Connects, and waits until the server has said that the peer is registered. */
  async join(name: string, options: PlayerOptions = {}): Promise<Player> {
    const player = await this.connect(name, options);
    await player.hears({ type: 'OPEN' });
    return player;
  }

  /**
   * Connects once an id is free. The official server frees that of a closed socket a moment after
   * the client has seen it closed, and a LEAVE takes a moment to arrive.
   */
  async joinWhenFree(name: string, options: PlayerOptions = {}): Promise<Player> {
    for (;;) {
      const player = await this.connect(name, options);
      if ((await player.peer.next()).type === 'OPEN') return player;
      await player.isClosed();
    }
  }

  async http(url: string, init: RequestInit = {}): Promise<Answer> {
    await this.step();
    const response = await this.#server.fetch(url, init);
    const cors: Record<string, string> = {};
    for (const [header, value] of response.headers) {
      if (header === 'vary' || header.startsWith('access-control-')) cors[header] = value;
    }
    return {
      status: response.status,
      contentType: response.headers.get('Content-Type'),
      cacheControl: response.headers.get('Cache-Control'),
      body: await response.text(),
      cors,
    };
  }

  /** The URL path of something under the path of the server. */
  url(below: string): string {
    return `${this.path.replace(/\/$/, '')}${below}`;
  }

  /**
   * Steps during which messages wait, or might have to be sent again. A coordinator has a timer then
   * or was used a moment ago, and does not hibernate, so nothing is done to it between these steps.
   */
  async whileWaiting<T>(steps: () => Promise<T>): Promise<T> {
    await this.step();
    this.#isWaiting = true;
    const result = await steps();
    this.#isWaiting = false;
    return result;
  }

  /** Where the two servers differ: what each of them does. */
  async differs(does: Record<'official' | 'ours', () => Promise<void>>): Promise<void> {
    this.#hasDiffered = true;
    await does[this.kind]();
  }

  /** Asserts that players got no frames beside those that the story had them hear. */
  async nothingMore(...players: Player[]): Promise<void> {
    // Once to have all their frames handled, and again for what these have made the server send.
    for (let round = 0; round < 2; round += 1) {
      for (const { peer } of players) await peer.settle();
    }
    for (const { peer } of players) expect(peer.pending, `${peer.id} got more`).toEqual([]);
  }

  /** Plays a story to its end, and from the start again if the machine is too slow for it. */
  static play(story: Story, server: ServerUnderTest): Promise<void> {
    return againIfTooSlow(() => World.#playOnce(story, server));
  }

  /** Plays a story, and leaves nobody behind. */
  static async #playOnce(story: Story, server: ServerUnderTest): Promise<void> {
    const world = new World(server);
    try {
      await story.tell(world);
      expect(world.#hasDiffered, 'a story differs where it says so').toBe('difference' in story);
    } finally {
      world.#isWaiting = true;
      for (const player of world.#players) {
        if (player.peer.closed === undefined) await player.closes();
      }
    }
  }

  /** Whatever has to happen before each step. */
  async step(): Promise<void> {
    if (!this.#isWaiting) await this.#server.beforeStep?.();
  }
}

/** One client in a story. */
export class Player {
  readonly id: string;
  readonly token: string;
  readonly peer: FramePeer;
  readonly #world: World;

  constructor(world: World, peer: FramePeer) {
    this.#world = world;
    this.peer = peer;
    this.id = peer.id;
    this.token = peer.token;
  }

  /** Sends frames: strings and bytes as they are, others as JSON. */
  async says(...frames: unknown[]): Promise<void> {
    for (const frame of frames) {
      await this.#world.step();
      this.peer.send(frame);
    }
  }

  /** Asserts that these are the next frames, whole and in this order. */
  async hears(...frames: object[]): Promise<void> {
    for (const frame of frames) expect(await this.peer.next()).toEqual(frame);
  }

  /** Asserts that the socket has been closed, and how where it is said. */
  async isClosed(how?: Closed): Promise<void> {
    const closed = await this.peer.untilClosed();
    if (how !== undefined) expect(closed).toEqual(how);
    expect(this.peer.pending, `${this.id} got more`).toEqual([]);
  }

  /** Asserts an ERROR with this sentence, and a close. */
  async isRefused(msg: string): Promise<void> {
    const { type, payload } = await this.peer.next();
    expect({ type, msg: (payload as { msg: unknown }).msg }).toEqual({ type: 'ERROR', msg });
    await this.isClosed();
  }

  /** Lets what comes pile up unread, as a page that hangs does. It can still send. */
  stopsReading(): void {
    this.peer.socket.pause?.();
  }

  readsOn(): void {
    this.peer.socket.resume?.();
  }

  /** @param code 1001 where the page goes away; by default none, as for `disconnect()`. */
  async closes(code?: number): Promise<void> {
    await this.#world.step();
    await this.peer.close(code);
  }

  /** The network is lost: the socket ends without a close frame. */
  async vanishes(): Promise<void> {
    await this.#world.step();
    this.peer.vanish();
    await this.peer.untilClosed();
  }
}
