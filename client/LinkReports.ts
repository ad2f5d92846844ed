import type { Link } from './Link.ts';
import type { Seat } from './seats.ts';
import { limit, request } from './server.ts';
import type { RoomPeer } from './types.ts';

/** Seconds in which outcomes are gathered: after them each link of a join has been made, or has failed. */
const GATHERING = 10;
/** The most links in one report, as the server takes it. */
const MAX_LINKS = 32;
const MAX_MS = 600_000;

interface Outcome {
  /** How long it took. */
  readonly ms: number;
  /** Undefined, where there is no reason either: the server passes messages on. */
  readonly link?: Link | undefined;
  /** Why there is no link. */
  readonly reason?: RoomPeer['reason'];
}

/**
 * Tells the server how the links of this page ended, so that its operator sees which players cannot connect.
 * Nothing waits for a report, and the game goes on if it fails.
 */
export class LinkReports {
  readonly #seat: Seat;
  #isWanted: boolean;
  /** By the id of the other player. The last outcome counts: a player who was reached in the end was reached. */
  readonly #outcomes = new Map<string, Outcome>();
  #seconds = 0;

  constructor(seat: Seat) {
    this.#seat = seat;
    this.#isWanted = seat.where.report !== false;
  }

  add(to: string, outcome: Outcome): void {
    this.#outcomes.set(to, outcome);
  }

  /** To be called each second. */
  tick(): void {
    if (this.#outcomes.size > 0) this.#seconds += 1;
    if (this.#seconds < GATHERING) return;
    this.#seconds = 0;
    this.#seat.renew().then(
      () => this.send(),
      () => {},
    );
  }

  /** Sends the outcomes that are not reported yet. */
  send(): void {
    const links = [...this.#outcomes].slice(0, MAX_LINKS).flatMap(([to, { ms, link, reason }]) => {
      const route = link ? link.route : 'server';
      if (!reason && !route) return [];
      const how = reason ? { connected: false, reason } : { connected: true, route };
      return { to, ms: Math.min(ms, MAX_MS), ...how };
    });
    this.#outcomes.clear();
    this.#seconds = 0;
    if (!this.#isWanted || links.length === 0) return;
    request(this.#seat.at('links'), limit(), { links }).catch(({ type }) => {
      // It lacks the endpoint, or wants no reports.
      if (type !== 'no-server') this.#isWanted = false;
    });
  }
}
