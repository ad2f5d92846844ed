import { expect } from 'vitest';
import { type Seat, sit } from './seats.ts';
import type { Player, Story, World } from './world.ts';

/** A game that no other story is about: each has its own list. */
function gameOf(world: World): string {
  return `/peerjs/games/${world.id('game')}`;
}

async function ask<T>(world: World, url: string, method: string, body: object, token = '') {
  const answer = await world.http(url, {
    method,
    headers: {
      'Content-Type': 'application/json',
      ...(token !== '' && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  expect(answer.status, answer.body).toBeLessThan(300);
  return JSON.parse(answer.body) as T;
}

const seatAt = (world: World, below: string, body: object = {}) =>
  ask<Seat>(world, `${gameOf(world)}${below}`, 'POST', body);

const change = (world: World, { room, options }: Seat, body: object) =>
  ask(world, `${gameOf(world)}/rooms/${room.code}`, 'PATCH', body, options.token);

let looks = 0;

/** Waits until the list has these rooms. Each look has another limit, so that none is two seconds old. */
async function listHas(world: World, ...rooms: object[]): Promise<void> {
  await expect
    .poll(
      async () => {
        looks += 1;
        const url = `${gameOf(world)}/rooms?limit=${10 + (looks % 90)}`;
        return (JSON.parse((await world.http(url)).body) as { rooms: object[] }).rooms;
      },
      { interval: 50 },
    )
    .toEqual(rooms.map((room) => expect.objectContaining(room)));
}

/** Waits for the ROOM frame that says this of the room. */
async function isTold(player: Player, said: object): Promise<void> {
  await expect
    .poll(async () => (await player.peer.next()).payload, { interval: 0 })
    .toMatchObject(said);
}

/** How strangers find each other. The official server has no rooms, and so no list of them. */
export const finding: Story[] = [
  {
    name: 'a public room is in the list of its game, unless it is full, locked, private or left',
    isOurs: true,
    async tell(world) {
      const meta = { mode: 'duel' };
      const seat = await seatAt(world, '/rooms', { public: true, size: 2, name: 'Ann', meta });
      const { code } = seat.room;
      const room = { code, size: 2, taken: 1, password: false, meta, host: { name: 'Ann' } };
      await listHas(world, room);
      const ann = await sit(world, seat);
      const bob = await sit(world, await seatAt(world, `/rooms/${code}/seats`));
      await listHas(world);
      await bob.closes(1001);
      await listHas(world, room);
      await change(world, seat, { locked: true });
      await listHas(world);
      await change(world, seat, { locked: false, meta: {}, password: 'moon' });
      await listHas(world, { ...room, meta: {}, password: true });
      await change(world, seat, { public: false });
      await listHas(world);
      await change(world, seat, { public: true });
      await listHas(world, { code });
      await ann.closes(1001);
      await listHas(world);
    },
  },
  {
    name: 'players who want the same game meet in a room that begins, and locks itself, when all are there',
    isOurs: true,
    async tell(world) {
      const duel = { size: 2, mode: 'duel' };
      const annsSeat = await seatAt(world, '/match', duel);
      const ann = await sit(world, annsSeat);
      await ann.says({ type: 'ROOM' });
      await isTold(ann, { started: false, locked: false, size: 2 });
      const cidsSeat = await seatAt(world, '/match', { size: 2, mode: 'race' });
      const bobsSeat = await seatAt(world, '/match', duel);
      expect(bobsSeat.room.code).toBe(annsSeat.room.code);
      expect(cidsSeat.room.code).not.toBe(annsSeat.room.code);
      await sit(world, bobsSeat);
      await isTold(ann, { started: true, locked: true });
      const dansSeat = await seatAt(world, '/match', duel);
      expect(dansSeat.room.code).not.toBe(annsSeat.room.code);
      await listHas(world);
    },
  },
  {
    name: 'a player gets the seat that another has left, beside those who wait longest',
    isOurs: true,
    async tell(world) {
      const three = { size: 3 };
      const annsSeat = await seatAt(world, '/match', three);
      await sit(world, annsSeat);
      const bob = await sit(world, await seatAt(world, '/match', three));
      await sit(world, await seatAt(world, '/match', { size: 3, mode: 'race' }));
      await bob.closes(1001);
      for (let count = 0; count < 2; count += 1) {
        const seat = await seatAt(world, '/match', three);
        expect(seat.room.code).toBe(annsSeat.room.code);
        await sit(world, seat);
      }
    },
  },
];
