import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { refusalSentence } from '../../src/protocol/refusals.ts';
import { TestPeer, type TestPeerOptions } from '../../tests/support/testPeer.ts';
import type { Target } from './commandLine.ts';

/** Far longer than any answer takes. */
const ANSWER_MS = 15_000;

/** A check cannot be made here. The message says why. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}

/** @throws if what is wanted is not so. @param sentence says what is the case instead. */
export function must(isSo: boolean, sentence: string): asserts isSo {
  if (!isSo) throw new Error(sentence);
}

/** @throws if something is not exactly as it must be. @param what names it, for a person. */
export function mustBe(what: string, actual: unknown, expected: unknown): void {
  const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  must(is === wanted, `${what} is ${is}, not ${wanted}`);
}

/** What one check does with a server. It names its peers and rooms itself, and closes all it opened. */
export class Visit {
  readonly target: Target;
  readonly #peers: TestPeer[] = [];

  constructor(target: Target) {
    this.target = target;
  }

  /** A name that nobody else has. */
  name(of: string): string {
    return `smoke-${of}-${randomUUID().slice(0, 13)}`;
  }

  /** The path of a room of one's own. */
  room(): string {
    return `/room/${this.name('room')}`;
  }

  /** @param path below the server's address. */
  async get(path: string, init: RequestInit = {}): Promise<Response> {
    const signal = AbortSignal.timeout(ANSWER_MS);
    return fetch(`${this.target.address}${path}`, { redirect: 'manual', signal, ...init });
  }

  /** Asks about the rooms of a game, by HTTP. @param below its path, such as `/rooms`. */
  async askRooms(
    game: string,
    below: string,
    { method = 'POST', body = {}, token }: { method?: string; body?: object; token?: string } = {},
  ): Promise<RoomAnswer> {
    const bearer = token ?? (await this.token(this.name('player')));
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${bearer}` };
    const path = `/${this.target.key}/games/${game}${below}`;
    const answer = await this.get(path, { method, headers, body: JSON.stringify(body) });
    const { error, ...rest } = (await answer.json()) as Partial<Seat> & {
      error?: { type: string; msg: string };
    };
    this.skipWithoutToken(error?.msg);
    return { status: answer.status, type: error?.type, ...rest };
  }

  /** A seat in a room, or the sentence that refuses it as an error. */
  async seat(game: string, below: string, body: object = {}): Promise<Seat> {
    const { status, type, id, options, room } = await this.askRooms(game, below, { body });
    must(
      id !== undefined && options !== undefined && room !== undefined,
      `a seat is answered by ${status}${type === undefined ? '' : `, ${type}`}`,
    );
    return { id, options, room };
  }

  /** Connects to a seat, with the options that came with it. */
  async sit({ id, options: { path, key, token } }: Seat): Promise<TestPeer> {
    return this.join(pathBelow(path), { id, key, token });
  }

  /** The path of an endpoint of a room, with what it asks for where tokens are signed. */
  async endpoint(room: string, name: string, key = this.target.key): Promise<string> {
    const token = this.target.jwt === undefined ? '' : `?token=${await this.token()}`;
    return `${room}/${key}/${name}${token}`;
  }

  /** A token for a peer, or for anybody. Any text will do, unless the server wants signed ones. */
  async token(id?: string): Promise<string> {
    const { jwt: settings } = this.target;
    if (settings === undefined) return randomUUID();
    const { secret, audience, issuer } = settings;
    const jwt = new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('5m');
    if (id !== undefined) jwt.setSubject(id);
    if (audience !== undefined) jwt.setAudience(audience);
    if (issuer !== undefined) jwt.setIssuer(issuer);
    // Two tokens of a peer must differ.
    return jwt.setJti(randomUUID()).sign(new TextEncoder().encode(secret));
  }

  /** Opens a socket, and says nothing of how the server takes it. */
  async knock(path: string, options: Partial<TestPeerOptions> = {}): Promise<TestPeer> {
    const id = options.id ?? this.name('peer');
    const peer = new TestPeer(this.target.address, {
      path,
      id,
      key: this.target.key,
      token: options.token ?? (await this.token(id)),
      ...options,
    });
    this.#peers.push(peer);
    return peer;
  }

  /** Joins, and waits until the server has let the peer in. */
  async join(path: string, options: Partial<TestPeerOptions> = {}): Promise<TestPeer> {
    const peer = await this.knock(path, options);
    const frame = await peer.next();
    const { msg } = (frame.payload ?? {}) as { msg?: string };
    this.skipWithoutToken(msg);
    must(frame.type === 'OPEN', `a join is answered by ${frame.type}${msg ? `: ${msg}` : ''}`);
    return peer;
  }

  /** @throws {Skipped} if the server wants a signed token, and nobody gave what signs one. */
  skipWithoutToken(refusal: string | undefined): void {
    if (refusal === refusalSentence('invalid-token') && this.target.jwt === undefined) {
      throw new Skipped('tokens are signed: set JWT_SECRET');
    }
  }

  /** The numbers of `/metrics`, for the operator. @throws {Skipped} without the operator's token. */
  async metrics(): Promise<Metrics> {
    const { adminToken } = this.target;
    if (adminToken === undefined) throw new Skipped('give the ADMIN_TOKEN with --token');
    const answer = await this.get('/metrics', {
      headers: { Accept: 'application/json', Authorization: `Bearer ${adminToken}` },
    });
    if (answer.status === 404) throw new Skipped('METRICS is off');
    mustBe('the status of /metrics with the token', answer.status, 200);
    return (await answer.json()) as Metrics;
  }

  /** Closes what the check has opened. */
  end(): void {
    // No page chooses this code, but every client may: nobody is told that a player left.
    for (const peer of this.#peers) if (peer.closed === undefined) peer.socket.close(1000);
  }
}

/** The path of a room below the server's address, which may have one too. */
export function pathBelow(path: string): string {
  return path.slice(path.lastIndexOf('/room/'));
}

/** A seat, as far as the checks need it. */
export interface Seat {
  readonly id: string;
  /** Of `new Peer`. */
  readonly options: {
    readonly host: string;
    readonly port: number;
    readonly secure: boolean;
    readonly path: string;
    readonly key: string;
    readonly token: string;
  };
  readonly room: { readonly code: string; readonly path: string };
}

/** An answer about rooms: a seat, or the `type` of a refusal. */
interface RoomAnswer extends Partial<Seat> {
  readonly status: number;
  readonly type: string | undefined;
}

/** What the checks read of `/metrics`. */
interface Metrics {
  readonly counters: { readonly wakes: number };
  readonly rooms: readonly { readonly name: string }[];
}
