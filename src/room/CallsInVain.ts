import { hash } from './hash.ts';

/** How long a call is remembered after its wait has ended, in milliseconds. */
const REMEMBERED_FOR_MS = 60_000;
/** Calls that are kept of one peer. Beyond that the oldest is forgotten. */
const MAX_CALLS = 8;
/** Peers whose calls are kept: memory must not grow with what clients send. */
const MAX_CALLERS = 10_000;

/** One call: the hash of the id that was called, and when the call began to wait. Plain data. */
export type Call = readonly [callee: number, at: number];

/**
 * Which peers have lately called a peer that was not there. A message that waits holds a timer, which
 * keeps a room awake and billed. Without this, a guest that calls its absent host every few seconds
 * would keep the room awake all the time.
 */
export class CallsInVain {
  readonly #waitsPerMinute: number;
  readonly #countsFor: number;
  /** Undefined until a call waits: most rooms never have one, and an empty map takes 180 bytes. */
  #calls: Map<string, Call[]> | undefined;

  /**
   * @param waitsPerMinute how many waits one peer may begin in a minute.
   * @param timeout how long a wait lasts, in milliseconds.
   */
  constructor(waitsPerMinute: number, timeout: number) {
    this.#waitsPerMinute = waitsPerMinute;
    this.#countsFor = REMEMBERED_FOR_MS + timeout;
  }

  /**
   * Whether a call may wait for an absent peer: the first one may, and after it has expired, the next one
   * a minute later. Counts the call as waiting if it may.
   */
  mayWait(caller: string, callee: string, now: number): boolean {
    const recent = this.#recent(caller, now);
    const key = hash(callee);
    if (recent.length >= this.#waitsPerMinute) return false;
    if (recent.some(([called]) => called === key)) return false;
    this.#calls ??= new Map();
    if (this.#calls.size >= MAX_CALLERS && !this.#calls.has(caller)) this.#calls.clear();
    this.#calls.set(caller, [...recent, [key, now] as const].slice(-MAX_CALLS));
    return true;
  }

  /** A call has reached its peer. If the peer is absent again later, the next call may wait. */
  reached(caller: string, callee: string): void {
    const calls = this.#calls?.get(caller);
    if (calls === undefined) return;
    const key = hash(callee);
    // It still counts as a wait that was begun.
    this.#calls?.set(
      caller,
      calls.map(([called, at]) => [called === key ? -1 : called, at]),
    );
  }

  /** The calls of a peer, to be persisted. */
  of(caller: string): readonly Call[] | undefined {
    return this.#calls?.get(caller);
  }

  /** Takes back what `of` gave, after a hibernation. The times are those of the room's clock. */
  restore(caller: string, calls: readonly Call[]): void {
    this.#calls ??= new Map();
    this.#calls.set(caller, [...calls]);
  }

  /** A peer has left. */
  forget(caller: string): void {
    this.#calls?.delete(caller);
  }

  #recent(caller: string, now: number): Call[] {
    const calls = this.#calls?.get(caller) ?? [];
    return calls.filter(([, at]) => now - at < this.#countsFor);
  }
}
