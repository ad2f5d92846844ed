/** What is to be done with a frame: let it through, drop it, drop it and say why once, or hang up. */
export type Verdict = 'pass' | 'drop' | 'warn' | 'close';

/**
 * A frame counts once for each of these that it begins, in characters or bytes. The server cannot
 * see that a client has stopped reading, and what is sent to it piles up in memory meanwhile: so many
 * large frames must not pass where as many small ones may.
 */
const FRAME_UNIT = 4096;

/** An episode of flooding is over when nothing had to be dropped for so long, in milliseconds. */
const EPISODE_PAUSE_MS = 1000;
/** Milliseconds that a peer may flood before its socket is closed. */
const EPISODE_LIMIT_MS = 5000;

const MALFORMED_WINDOW_MS = 60_000;
const MALFORMED_BEFORE_WARNING = 3;
const MALFORMED_BEFORE_CLOSE = 10;

/**
 * Limits how fast and how badly one peer may speak. It lives in memory: a coordinator that
 * hibernated has heard nothing for seconds, so whatever it forgot was over.
 */
export class MessageGuard {
  readonly #perSecond: number;
  /** A token bucket that holds one second's worth, so a burst may be as large as the rate. */
  #tokens: number;
  #filledAt: number;
  #episode: { readonly start: number; lastDrop: number } | undefined;
  #malformed = { since: 0, count: 0 };

  /** @param perSecond frames of up to 4 KiB, all kinds counted. */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#filledAt = now;
  }

  /**
   * Counts a frame against the rate. Of an episode of flooding the first drop is a warning.
   *
   * @param size of the frame, in characters or bytes.
   */
  count(size: number, now: number): Verdict {
    const earned = ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + earned);
    this.#filledAt = now;
    // However large it is, a frame may pass once in a second.
    const cost = Math.min(this.#perSecond, 1 + Math.floor(size / FRAME_UNIT));
    if (this.#tokens >= cost) {
      this.#tokens -= cost;
      return 'pass';
    }
    const episode = this.#episode;
    if (episode === undefined || now - episode.lastDrop > EPISODE_PAUSE_MS) {
      this.#episode = { start: now, lastDrop: now };
      return 'warn';
    }
    episode.lastDrop = now;
    return now - episode.start >= EPISODE_LIMIT_MS ? 'close' : 'drop';
  }

  /** Counts a frame that could not be read. A few are forgiven: a client may be newer than we are. */
  countMalformed(now: number): Verdict {
    if (now - this.#malformed.since > MALFORMED_WINDOW_MS) {
      this.#malformed = { since: now, count: 0 };
    }
    this.#malformed.count += 1;
    const { count } = this.#malformed;
    if (count >= MALFORMED_BEFORE_CLOSE) return 'close';
    return count === MALFORMED_BEFORE_WARNING ? 'warn' : 'drop';
  }
}
