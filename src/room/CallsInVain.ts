import { hash } from './hash.ts';

/** How long a call counts after its wait, in milliseconds. */
const REMEMBERED_FOR_MS = 60_000;
/** Of one peer. The oldest goes. */
const MAX_CALLS = 8;
/** Of all peers: memory must not grow with what clients send. */
const MAX_CALLERS = 10_000;

/** One call: whom it was for, as a hash of the id, and when it began to wait. Plain data. */
export type Call = readonly [callee: number, at: number];

/**
 * Who has waited for whom in vain lately. A wait holds a timer for seconds, which keeps a coordinator
 * awake and billed, so a guest that asks for its absent host every few seconds must not begin a new
 * one each time.
 */
export class CallsInVain {
  readonly #waitsPerMinute: number;
  readonly #countsFor: number;
  readonly #calls = new Map<string, Call[]>();

  /**
   * @param waitsPerMinute how many waits one peer may begin.
   * @param timeout how long a wait lasts, in milliseconds.
   */
  constructor(waitsPerMinute: number, timeout: number) {
    this.#waitsPerMinute = waitsPerMinute;
    this.#countsFor = REMEMBERED_FOR_MS + timeout;
  }

  /**
   * Whether a call may wait for a peer that is absent: the first may, and the next one a minute after
   * that was given up. If so it is taken to wait from now on.
   */
  mayWait(caller: string, callee: string, now: number): boolean {
    const recent = this.#recent(caller, now);
    const key = hash(callee);
    if (recent.length >= this.#waitsPerMinute) return false;
    if (recent.some(([called]) => called === key)) return false;
    if (this.#calls.size >= MAX_CALLERS && !this.#calls.has(caller)) this.#calls.clear();
    this.#calls.set(caller, [...recent, [key, now] as const].slice(-MAX_CALLS));
    return true;
  }

  /** The call has reached its peer: if that one is absent again, the next call may wait again. */
  reached(caller: string, callee: string): void {
    const calls = this.#calls.get(caller);
    if (calls === undefined) return;
    const key = hash(callee);
    // It still counts as a wait that was begun.
    this.#calls.set(
      caller,
      calls.map(([called, at]) => [called === key ? -1 : called, at]),
    );
  }

  /** What has to be remembered of a peer where memory is lost. */
  of(caller: string): readonly Call[] | undefined {
    return this.#calls.get(caller);
  }

  restore(caller: string, calls: readonly Call[]): void {
    this.#calls.set(caller, [...calls]);
  }

  /** The peer is no longer here. */
  forget(caller: string): void {
    this.#calls.delete(caller);
  }

  #recent(caller: string, now: number): Call[] {
    const calls = this.#calls.get(caller) ?? [];
    return calls.filter(([, at]) => now - at < this.#countsFor);
  }
}
