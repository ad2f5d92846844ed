import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fuzzing } from '../../tests/support/fuzzing.ts';
import { type FakePeer, TestRoom } from '../../tests/support/testRoom.ts';
import { Directory } from './Directory.ts';

const SIZE = 4;
const KEPT_MS = 30_000;
const SECOND = 1000;

interface Player {
  readonly id: string;
  readonly code: string;
  /** Undefined before the player connects, and after it has left. */
  peer?: FakePeer | undefined;
  /** Until when the seat may be kept though nobody is connected. Undefined: one is, or has left. */
  keptUntil?: number | undefined;
}

/** Strangers who want to play, real rooms without sockets, and the directory that they tell. */
class Strangers {
  now = 0;
  readonly directory = new Directory('pong');
  readonly players: Player[] = [];
  readonly #rooms = new Map<string, TestRoom>();

  /** How many seats are taken in each room where players wait. */
  get waiting(): Map<string, number> {
    const waiting = [...this.#rooms].flatMap(([code, room]) => {
      const { view } = room;
      const isOpen = view !== undefined && !view.locked && view.taken > 0 && view.taken < SIZE;
      return isOpen ? [[code, view.taken] as const] : [];
    });
    return new Map(waiting);
  }

  /** @returns the code of the room that the player is sent to. */
  match(): string {
    const id = `player-${this.players.length}`;
    const code = this.directory.match({ size: SIZE, mode: '', except: [] }, this.now);
    let room = this.#rooms.get(code);
    if (room === undefined) {
      room = new TestRoom();
      room.now = this.now;
      this.#rooms.set(code, room);
    }
    const isThere = room.view !== undefined;
    const outcome = isThere ? room.takeSeat(id) : room.make(id, { size: SIZE, matchMode: '' });
    expect(outcome, 'nobody is sent to a room that does not let them in').toHaveProperty('value');
    this.players.push({ id, code, keptUntil: this.now + KEPT_MS });
    this.#tell();
    return code;
  }

  connect(player: Player): void {
    const room = this.#rooms.get(player.code);
    if (room?.refusalFor(player.id) !== undefined || room === undefined) return;
    player.peer = room.join(player.id);
    player.keptUntil = undefined;
    this.#tell();
  }

  leave(player: Player, code?: number): void {
    player.peer?.disconnects(code);
    player.keptUntil = code === undefined ? this.now + KEPT_MS : undefined;
    player.peer = undefined;
    this.#tell();
  }

  pass(ms: number): void {
    this.now += ms;
    for (const room of this.#rooms.values()) room.pass(ms);
    this.#tell();
  }

  holdsSeat({ id, code }: Player): boolean {
    const { view } = this.#rooms.get(code) ?? {};
    return view?.peers.some((peer) => peer.id === id) ?? false;
  }

  /** Rooms tell the directory at once here. */
  #tell(): void {
    for (const [code, { listings }] of this.#rooms) {
      for (const listing of listings.splice(0)) {
        this.directory.update({ ...listing, code }, this.now);
        if (listing.isOver) this.#rooms.delete(code);
      }
    }
  }
}

const step = fc.record({
  kind: fc.constantFrom('match', 'match', 'match', 'connect', 'connect', 'leave', 'vanish', 'time'),
  which: fc.nat(1000),
  seconds: fc.integer({ min: 1, max: 40 }),
});

it('a player who never connects, or vanishes, keeps no seat from others for more than 30 s, and the next player gets it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const strangers = new Strangers();
      for (const { kind, which, seconds } of steps) {
        const { players } = strangers;
        const player = players[which % players.length];
        if (kind === 'match') {
          const { waiting } = strangers;
          const code = strangers.match();
          const fullest = Math.max(0, ...waiting.values());
          expect(waiting.get(code) ?? 0, 'the fullest room is filled first').toBe(fullest);
        } else if (kind === 'time') strangers.pass(seconds * SECOND);
        else if (player === undefined) continue;
        else if (kind === 'connect' && player.peer === undefined) strangers.connect(player);
        else if (kind === 'leave' && player.peer !== undefined) strangers.leave(player, 1001);
        else if (kind === 'vanish' && player.peer !== undefined) strangers.leave(player);

        for (const each of players) {
          const { peer, keptUntil = Number.NEGATIVE_INFINITY } = each;
          if (peer === undefined && keptUntil <= strangers.now) {
            expect(strangers.holdsSeat(each), `${each.id} keeps its seat`).toBe(false);
          }
        }
      }
    }),
    fuzzing(150),
  );
});

it('two hundred players at once, of whom some never connect, are fifty rooms, which the next players fill', () => {
  const strangers = new Strangers();
  for (let count = 0; count < 200; count += 1) strangers.match();
  const { players } = strangers;
  expect(new Set(players.map(({ code }) => code)).size).toBe(50);
  const absent = players.filter((_, index) => index % 7 === 0);
  for (const player of players) if (!absent.includes(player)) strangers.connect(player);
  strangers.pass(KEPT_MS);
  const codes = absent.map(() => {
    const code = strangers.match();
    strangers.connect(strangers.players.at(-1) as Player);
    return code;
  });
  expect(codes.toSorted()).toEqual(absent.map(({ code }) => code).toSorted());
  expect(strangers.waiting.size).toBe(0);
});
