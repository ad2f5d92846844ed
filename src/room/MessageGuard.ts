/**
 * What is to be done with a frame: let it pass, drop it, drop it and log it as the first of a series,
 * or end the session.
 */
export type Verdict = 'pass' | Fault;

/** What is to be done with a frame that does not pass. */
export type Fault = 'drop' | 'drop-first' | 'end';

/** Seconds of unused rate that a peer may save up: a call or a full mesh comes as one burst. */
const FRAME_BURST_SECONDS = 10;
/** The same for characters: several calls may each have a picture in their metadata. */
const CHARACTER_BURST_SECONDS = 8;
/**
 * Characters that the rate allows for each frame: 1 MiB a second at 100 frames a second. Counting bytes
 * would take longer, and few characters of a signaling message have more than one byte.
 */
const CHARACTERS_PER_FRAME = 1_048_576 / 100;

/**
 * Frames beyond its rate that a peer may send for each offer that it gets: an answer and its
 * candidates. Otherwise anybody could make a peer exceed its rate by calling it often.
 */
const FRAMES_PER_OFFER = 40;
/** The most such frames: enough for a hundred calls at the same moment. */
const MAX_FRAMES_OWED = 4000;
/** How long after the last offer they may be sent, in milliseconds. */
const OWED_FOR_MS = 30_000;

/** How long no frame must have been dropped for a flood to be over, in milliseconds. */
const EPISODE_PAUSE_MS = 1000;
/** How long a peer may flood before its session is ended, in milliseconds. */
const EPISODE_LIMIT_MS = 5000;

const MALFORMED_WINDOW_MS = 60_000;
/** Malformed frames in that time. A client may send one unreadable heartbeat of its own a second, for ever. */
const MALFORMED_LIMIT = 100;

/**
 * Limits how fast one peer may send, and how many unreadable frames. It is not persisted: a room that
 * hibernated has heard nothing for seconds, so every flood was over.
 */
export class MessageGuard {
  readonly #perSecond: number;
  /** Two token buckets: what the peer may send at this moment. */
  #frames: number;
  #characters: number;
  #filledAt: number;
  #framesOwed = 0;
  #owedAt = 0;
  #episode: { readonly start: number; lastDrop: number } | undefined;
  #malformed = { since: 0, count: 0 };

  /** @param perSecond the rate in frames. The rate in characters follows from it. */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#frames = this.#mostFrames;
    this.#characters = this.#mostCharacters;
    this.#filledAt = now;
  }

  /** The peer got an offer, and has to answer it. */
  owe(now: number): void {
    this.#forgetOwed(now);
    this.#framesOwed = Math.min(MAX_FRAMES_OWED, this.#framesOwed + FRAMES_PER_OFFER);
    this.#owedAt = now;
  }

  /**
   * Counts a frame against the rates.
   *
   * @param size of the frame, in characters. Of a binary one it is the bytes.
   */
  count(size: number, now: number): Verdict {
    const seconds = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    this.#frames = Math.min(this.#mostFrames, this.#frames + seconds * this.#perSecond);
    this.#characters = Math.min(
      this.#mostCharacters,
      this.#characters + seconds * this.#perSecond * CHARACTERS_PER_FRAME,
    );
    // A frame larger than the bucket passes when the bucket is full. It would never pass otherwise.
    const characters = Math.min(size, this.#mostCharacters);
    if (this.#characters < characters || !this.#takeFrame(now)) return this.#flooded(now);
    this.#characters -= characters;
    return 'pass';
  }

  /** Counts a frame that could not be read. Many are allowed, because they harm nobody. */
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

  get #mostCharacters(): number {
    return this.#perSecond * CHARACTERS_PER_FRAME * CHARACTER_BURST_SECONDS;
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
