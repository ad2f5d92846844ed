/**
 * What is to be done with a frame: let it through; drop it; drop it, and say in the log that it has
 * begun; or end the session.
 */
export type Verdict = 'pass' | Fault;

/** What is to be done with a frame that is not let through. */
export type Fault = 'drop' | 'drop-first' | 'end';

/** Seconds of unused rate that a peer may save up: a call or a mesh comes as one burst. */
const FRAME_BURST_SECONDS = 10;
/** Of bytes: several pictures in the metadata of several calls. */
const BYTE_BURST_SECONDS = 8;
/** Bytes that go with each frame of the rate: 1 MiB a second where it is 100 frames. */
const BYTES_PER_FRAME = 1_048_576 / 100;

/**
 * Frames that a peer may send for each offer that was delivered to it, beyond its rate: an answer and
 * its candidates. A caller decides how often a peer is called, and the one called must not suffer.
 */
const FRAMES_PER_OFFER = 40;
/** So much is saved up at the most: a hundred calls at the same moment. */
const MAX_FRAMES_OWED = 4000;
/** Milliseconds after the last offer when nothing is owed any more. */
const OWED_FOR_MS = 30_000;

/** An episode of flooding is over when nothing had to be dropped for so long, in milliseconds. */
const EPISODE_PAUSE_MS = 1000;
/** Milliseconds that a peer may flood before its session is ended. */
const EPISODE_LIMIT_MS = 5000;

const MALFORMED_WINDOW_MS = 60_000;
/** A client may send heartbeats of its own making, one a second, for ever. */
const MALFORMED_LIMIT = 100;

/**
 * Limits how fast and how badly one peer may speak. It lives in memory: a coordinator that
 * hibernated has heard nothing for seconds, so whatever it forgot was over.
 */
export class MessageGuard {
  readonly #perSecond: number;
  /** Token buckets: what may be sent at this moment. */
  #frames: number;
  #bytes: number;
  #filledAt: number;
  #framesOwed = 0;
  #owedAt = 0;
  #episode: { readonly start: number; lastDrop: number } | undefined;
  #malformed = { since: 0, count: 0 };

  /** @param perSecond frames that a peer may send all the time. The bytes follow from it. */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#frames = this.#mostFrames;
    this.#bytes = this.#mostBytes;
    this.#filledAt = now;
  }

  /** An offer was delivered to the peer, which has to answer it. */
  owe(now: number): void {
    this.#forgetOwed(now);
    this.#framesOwed = Math.min(MAX_FRAMES_OWED, this.#framesOwed + FRAMES_PER_OFFER);
    this.#owedAt = now;
  }

  /**
   * Counts a frame against the rates.
   *
   * @param size of the frame, in characters or bytes.
   */
  count(size: number, now: number): Verdict {
    const seconds = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    this.#frames = Math.min(this.#mostFrames, this.#frames + seconds * this.#perSecond);
    this.#bytes = Math.min(
      this.#mostBytes,
      this.#bytes + seconds * this.#perSecond * BYTES_PER_FRAME,
    );
    // However large a frame is, it may pass now and then.
    const bytes = Math.min(size, this.#mostBytes);
    if (this.#bytes < bytes || !this.#takeFrame(now)) return this.#flooded(now);
    this.#bytes -= bytes;
    return 'pass';
  }

  /** Counts a frame that could not be read. Many are forgiven: they harm nobody. */
  countMalformed(now: number): Fault {
    if (now - this.#malformed.since > MALFORMED_WINDOW_MS) {
      this.#malformed = { since: now, count: 0 };
    }
    this.#malformed.count += 1;
    const { count } = this.#malformed;
    if (count >= MALFORMED_LIMIT) return 'end';
    return count === 1 ? 'drop-first' : 'drop';
  }

  get #mostFrames(): number {
    return this.#perSecond * FRAME_BURST_SECONDS;
  }

  get #mostBytes(): number {
    return this.#perSecond * BYTES_PER_FRAME * BYTE_BURST_SECONDS;
  }

  #takeFrame(now: number): boolean {
    if (this.#framesOwed > 0) this.#forgetOwed(now);
    if (this.#framesOwed > 0) {
      this.#framesOwed -= 1;
      return true;
    }
    if (this.#frames < 1) return false;
    this.#frames -= 1;
    return true;
  }

  #forgetOwed(now: number): void {
    if (now - this.#owedAt > OWED_FOR_MS) this.#framesOwed = 0;
  }

  #flooded(now: number): Fault {
    const episode = this.#episode;
    if (episode === undefined || now - episode.lastDrop > EPISODE_PAUSE_MS) {
      this.#episode = { start: now, lastDrop: now };
      return 'drop-first';
    }
    episode.lastDrop = now;
    return now - episode.start >= EPISODE_LIMIT_MS ? 'end' : 'drop';
  }
}
