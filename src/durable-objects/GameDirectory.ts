import { DurableObject } from 'cloudflare:workers';
import { Directory, type DirectoryRow } from '../games/Directory.ts';
import type { ListRequest } from '../protocol/findRequests.ts';
import type { MatchQuery } from '../room/Directories.ts';
import type { Listing } from '../room/Listing.ts';
import { managedPath } from '../room/managedPath.ts';
import { settingsOf } from '../settings.ts';
import { coordinators } from './namespaces.ts';

/** Milliseconds that rooms have to answer, before the list is shown without them. */
const ANSWER_MS = 1000;

/**
 * The directory of one game, named as the game. It runs no timer, and sleeps until a room or a player
 * has something to say.
 */
export class GameDirectory extends DurableObject<Env> {
  readonly #game: string;
  readonly #storage: DurableObjectStorage | undefined;
  readonly #directory: Directory;
  /** Rooms that have been asked and have not answered yet. */
  readonly #asked = new Set<string>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { name } = ctx.id;
    if (name === undefined) throw new Error('a directory is reached by its name alone');
    this.#game = name;
    // Self-hosted it is never evicted, and its storage would be memory too (workerdConfig.ts).
    this.#storage = settingsOf(env).isSelfHosted ? undefined : ctx.storage;
    const rows = [...(this.#storage?.kv.list<DirectoryRow>() ?? [])].map(([, row]) => row);
    this.#directory = new Directory(name, this.#storage?.kv, rows);
  }

  /** A code for a new room. */
  newCode(): string {
    const now = Date.now();
    const overdue = this.#directory.overdue(now);
    if (overdue !== undefined) this.ctx.waitUntil(this.#ask(overdue));
    return this.#directory.newCode(now);
  }

  /** A room says what it is now. */
  update(listing: Listing): void {
    this.#directory.update(listing, Date.now());
    this.#deleteIfEmpty();
  }

  /** A room was not made, though it has a code. */
  returnCode(code: string): void {
    this.#directory.ended(code);
    this.#deleteIfEmpty();
  }

  /** The public rooms with a free seat and somebody inside. */
  async list(query: ListRequest): Promise<Listing[]> {
    const asked = this.#directory.toAsk(query, Date.now()).map((code) => this.#ask(code));
    if (asked.length > 0) await Promise.race([Promise.all(asked), scheduler.wait(ANSWER_MS)]);
    return this.#directory.list(query, Date.now());
  }

  /** The code of a room in which a player has a seat for a moment. */
  match(query: MatchQuery): string {
    return this.#directory.match(query, Date.now());
  }

  /** What a room is now. One that cannot answer is asked again when somebody looks. */
  async #ask(code: string): Promise<void> {
    if (this.#asked.has(code)) return;
    this.#asked.add(code);
    try {
      const { name } = managedPath({ game: this.#game, code });
      const listing = await this.#roomNamed(name).listing();
      if (listing === undefined) this.returnCode(code);
      else this.update(listing);
    } catch {
      // A room that hangs or fails is not shown until it answers.
    } finally {
      this.#asked.delete(code);
    }
  }

  #roomNamed(name: string): { listing(): Promise<Listing | undefined> } {
    // The types of RPC do not end for values that JSON can hold.
    const stub: unknown = coordinators(this.env).getByName(name);
    return stub as { listing(): Promise<Listing | undefined> };
  }

  /** An empty database is billed for ever, and anybody may name a game. */
  #deleteIfEmpty(): void {
    if (this.#directory.size === 0) void this.#storage?.deleteAll();
  }
}
