import type { JsonObject, Room } from '../../client/index.ts';
import type { Point } from './Field.ts';

/** What is known of the game: whoever has its next version replaces it. */
interface Hunted {
  readonly round: number;
  readonly at: Point;
  readonly points: Readonly<Record<string, number>>;
}

/** How near a cursor must come, as a share of the field. */
const REACH = 0.05;

/**
 * The game: a light that the players chase. The host says who was first and where the next one is,
 * and puts the points down in the room, so that late-comers and the next host have them.
 */
export class Hunt {
  readonly #room: Room;
  readonly #caught;
  readonly #changed: () => void;
  #hunted: Hunted | undefined;

  /** @param changed is called when there is something new to show. */
  constructor(room: Room, changed: () => void) {
    this.#room = room;
    this.#changed = changed;
    this.#caught = room.makeAction<number>('caught');
    this.#caught.on((round, { from }) => this.#score(from, round));
    room.on('update', () => this.#read());
    room.on('peerleave', ({ id }) => this.#forget(id));
  }

  /** Takes up the game that is going on, or begins one. */
  start(): void {
    this.#read();
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

  #read(): void {
    const { hunted } = this.#room.state as { hunted?: Hunted };
    if (hunted && hunted.round > (this.#hunted?.round ?? -1)) {
      this.#hunted = hunted;
      this.#changed();
    } else if (!this.#hunted && this.#room.isHost) {
      this.#put({ round: 0, at: anywhere(), points: {} });
    }
  }

  #put(hunted: Hunted): void {
    this.#hunted = hunted;
    // While the server is away, the host waits with it.
    this.#room.setState({ hunted: hunted as unknown as JsonObject }).catch(() => {});
    this.#changed();
  }
}

function anywhere(): Point {
  return { x: 0.12 + 0.76 * Math.random(), y: 0.15 + 0.7 * Math.random() };
}
