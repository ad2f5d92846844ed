import type { Room } from '../../client/index.ts';
import type { Point } from './Field.ts';

/** The game as the host says that it is. A later round replaces an earlier one. */
interface Hunted {
  readonly round: number;
  readonly at: Point;
  readonly points: Readonly<Record<string, number>>;
}

/** How near a cursor must come, as a share of the field. */
const REACH = 0.05;

/**
 * The game: a light that the players chase. The host says who was first and where the next one is, to all
 * over their links, so that it goes on without the server. The next host knows as much.
 */
export class Hunt {
  readonly #room: Room;
  readonly #caught;
  readonly #news;
  readonly #changed: () => void;
  #hunted: Hunted | undefined;

  /** @param changed is called when there is something new to show. */
  constructor(room: Room, changed: () => void) {
    this.#room = room;
    this.#changed = changed;
    this.#caught = room.makeAction<number>('caught');
    this.#caught.on((round, { from }) => this.#score(from, round));
    this.#news = room.makeAction<Hunted>('hunt');
    this.#news.on((hunted) => {
      if (hunted.round > (this.#hunted?.round ?? -1)) this.#show(hunted);
    });
    room.on('peerjoin', ({ id }) => {
      if (room.isHost && this.#hunted) this.#news.send(this.#hunted, { to: id });
    });
    room.on('update', () => this.start());
    room.on('peerleave', ({ id }) => this.#forget(id));
  }

  /** Begins a game if there is none. */
  start(): void {
    if (this.#room.isHost && !this.#hunted) this.#put({ round: 0, at: anywhere(), points: {} });
  }

  /** Where the light is. Nobody hunts alone. */
  get light(): Point | undefined {
    return this.#room.peers.size > 0 ? this.#hunted?.at : undefined;
  }

  pointsOf(id: string): number {
    return this.#hunted?.points[id] ?? 0;
  }

  /** This player's cursor has moved. */
  moved(to: Point): void {
    const { light } = this;
    if (!light || !this.#hunted || Math.hypot(to.x - light.x, to.y - light.y) > REACH) return;
    const { round } = this.#hunted;
    if (this.#room.isHost) this.#score(this.#room.selfId, round);
    else this.#caught.send(round, { to: this.#room.hostId });
  }

  /** The first who has caught a light gets the point. */
  #score(id: string, round: number): void {
    if (!this.#room.isHost || round !== this.#hunted?.round) return;
    const points = { ...this.#hunted.points, [id]: this.pointsOf(id) + 1 };
    this.#put({ round: round + 1, at: anywhere(), points });
  }

  #forget(id: string): void {
    if (!this.#room.isHost || !this.#hunted) return;
    const { [id]: _, ...points } = this.#hunted.points;
    this.#put({ ...this.#hunted, round: this.#hunted.round + 1, points });
  }

  #put(hunted: Hunted): void {
    this.#news.send(hunted);
    this.#show(hunted);
  }

  #show(hunted: Hunted): void {
    this.#hunted = hunted;
    this.#changed();
  }
}

function anywhere(): Point {
  return { x: 0.12 + 0.76 * Math.random(), y: 0.15 + 0.7 * Math.random() };
}
