/** How many wrong codes and passwords one address may send in a minute. */
export const WRONG_GUESSES_PER_MINUTE = 10;
/** The seconds in which they are counted. The rate limiting binding has the same. */
export const GUESS_PERIOD = 60;

/** A guess that is still being checked after this time is forgotten: its request was cancelled. */
const LOST_AFTER_MS = 10_000;
/** The most addresses that are remembered. */
const MAX_ADDRESSES = 100_000;

interface Guesser {
  /** The time of the first of the wrong guesses below. */
  since: number;
  wrong: number;
  /** When the guesses began that are still being checked. */
  underWay: number[];
}

/** Whether a guess may go on. */
type GuessDecision = 'go on' | 'wait' | 'refuse';

/**
 * The wrong guesses of each address. Many guesses at once must not get more answers than one after the
 * other, so a guess counts as wrong while it is being checked. Guesses beyond the limit wait until others
 * turn out to be right: a school of players who know their code gets in, ten at a time.
 */
export class Guesses {
  readonly #guessers = new Map<string, Guesser>();

  /** @param now milliseconds since the epoch. */
  begin(address: string, now: number): GuessDecision {
    const guesser = this.#guesser(address, now);
    if (guesser.wrong >= WRONG_GUESSES_PER_MINUTE) return 'refuse';
    guesser.underWay = guesser.underWay.filter((at) => at <= now && now - at < LOST_AFTER_MS);
    if (guesser.wrong + guesser.underWay.length >= WRONG_GUESSES_PER_MINUTE) return 'wait';
    guesser.underWay.push(now);
    return 'go on';
  }

  /** A guess has been checked. */
  end(address: string, isWrong: boolean, now: number): void {
    const guesser = this.#guesser(address, now);
    guesser.underWay.shift();
    if (isWrong) {
      if (guesser.wrong === 0) guesser.since = now;
      guesser.wrong += 1;
    } else if (guesser.wrong === 0 && guesser.underWay.length === 0) {
      this.#guessers.delete(address);
    }
  }

  /** Another instance has counted too many wrong guesses of this address. */
  block(address: string, now: number): void {
    const guesser = this.#guesser(address, now);
    guesser.since = now;
    guesser.wrong = WRONG_GUESSES_PER_MINUTE;
  }

  #guesser(address: string, now: number): Guesser {
    let guesser = this.#guessers.get(address);
    if (guesser === undefined) {
      // A client with that many addresses does not need to use any of them twice.
      if (this.#guessers.size >= MAX_ADDRESSES) this.#guessers.clear();
      guesser = { since: now, wrong: 0, underWay: [] };
      this.#guessers.set(address, guesser);
    }
    const age = now - guesser.since;
    // If the clock was set back, nobody must be blocked for hours.
    if (age < 0 || age >= GUESS_PERIOD * 1000) guesser.wrong = 0;
    return guesser;
  }
}
