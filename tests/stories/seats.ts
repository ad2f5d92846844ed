import { expect } from 'vitest';
import { inTime } from '../support/inTime.ts';
import { SETUP } from './settings.ts';
import type { Player, Story, World } from './world.ts';

/** A seat, as the server gives it by HTTP. */
export interface Seat {
  readonly id: string;
  readonly options: { readonly path: string; readonly token: string };
  readonly rejoined?: true;
  readonly room: Room & { readonly host: string | null; readonly peers: readonly object[] };
}

interface Room {
  readonly code: string;
  readonly url: string;
  readonly size: number;
  readonly taken: number;
  readonly locked: boolean;
  readonly meta: object;
  readonly state?: object;
}

const GAMES = '/peerjs/games/pong/rooms';

/** Asks by HTTP, and says the status and what the JSON is. */
async function ask<T>(
  world: World,
  method: string,
  below: string,
  body?: object,
  token?: string,
): Promise<[status: number, answer: T]> {
  const answer = await world.http(`${GAMES}${below}`, {
    method,
    headers: {
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return [answer.status, JSON.parse(answer.body) as T];
}

/** Makes a room. */
async function make(world: World, body: object = {}): Promise<Seat> {
  const [status, seat] = await ask<Seat>(world, 'POST', '', body);
  expect(status).toBe(201);
  return seat;
}

/** Takes a seat. */
async function take(world: World, { room: { code } }: Seat, body: object = {}): Promise<Seat> {
  const [status, seat] = await ask<Seat>(world, 'POST', `/${code}/seats`, body);
  expect(status).toBe(201);
  return seat;
}

/** Asks for a seat, and gives the refusal. */
async function refusal(world: World, { room: { code } }: Seat, body: object = {}): Promise<string> {
  const [status, { error }] = await ask<{ error: { type: string } }>(
    world,
    'POST',
    `/${code}/seats`,
    body,
  );
  return `${status} ${error.type}`;
}

async function change(world: World, { room: { code }, options }: Seat, body: object) {
  const [status, room] = await ask<Seat['room']>(world, 'PATCH', `/${code}`, body, options.token);
  expect(status).toBe(200);
  return room;
}

/** Connects as a stock client does that was given a seat. */
export function sit(world: World, { id, options }: Seat): Promise<Player> {
  return world.join(id, { id, path: options.path, token: options.token });
}

/** Opens a socket that asks for a seat itself. */
function comeFor(world: World, name: string, path: string, token = `token-of-${name}`) {
  return world.connect(name, { path, token, ask: 'SEAT' });
}

/** Opens a socket that asks for a seat and gets it, and gives what it is told of the room. */
async function takeBySocket(world: World, name: string, { options: { path } }: Seat) {
  const player = await comeFor(world, name, path);
  await player.hears({ type: 'OPEN' });
  const { type, payload } = await player.peer.next();
  expect(type).toBe('ROOM');
  return { player, room: payload };
}

/** Asserts that the token of a seat no longer lets anybody in. */
async function isKeptOut(world: World, { id, options }: Seat, msg: string): Promise<void> {
  const player = await world.connect(id, { id, path: options.path, token: options.token });
  await player.isRefused(msg);
}

const KICKED = 'The host of the room has removed you';

/** What is said of rooms with seats. The official server has none. */
export const seats: Story[] = [
  {
    name: 'a room is made by HTTP, its code lets others in, and nobody else comes in',
    isOurs: true,
    async tell(world) {
      const annsSeat = await make(world, { name: 'Ann', meta: { mode: 'duel' } });
      const ann = await sit(world, annsSeat);
      const { code } = annsSeat.room;
      const asHeard = `${code.slice(0, 2).toUpperCase()}-${code.slice(2)}`;
      const [, open] = await ask<Room>(world, 'GET', `/${asHeard}`);
      expect(open).toMatchObject({ code, size: 4, taken: 1, meta: { mode: 'duel' } });
      const bobsSeat = await take(world, annsSeat, { name: 'Bob' });
      expect(bobsSeat.room.peers).toEqual([
        { id: ann.id, name: 'Ann' },
        { id: bobsSeat.id, name: 'Bob' },
      ]);
      expect(bobsSeat.room.host).toBe(ann.id);
      const bob = await sit(world, bobsSeat);
      await bob.says({ type: 'CANDIDATE', dst: ann.id });
      await ann.hears({ type: 'CANDIDATE', src: bob.id, dst: ann.id });
      const cid = await world.connect('cid', { path: annsSeat.options.path });
      await cid.isRefused('This room needs a seat: ask for one by HTTP');
      await isKeptOut(
        world,
        { ...bobsSeat, id: 'p-another' },
        'This room needs a seat: ask for one by HTTP',
      );
      await world.nothingMore(ann, bob);
    },
  },
  {
    name: 'a room has a password, which a player who held a seat need not say again',
    isOurs: true,
    async tell(world) {
      const ann = await make(world, { password: 'moon' });
      await sit(world, ann);
      expect(await refusal(world, ann)).toBe('403 wrong-password');
      expect(await refusal(world, ann, { password: 'sun' })).toBe('403 wrong-password');
      const bobsSeat = await take(world, ann, { password: 'moon' });
      await (await sit(world, bobsSeat)).closes(1001);
      const again = await take(world, ann, { token: bobsSeat.options.token });
      expect(again).toMatchObject({ id: bobsSeat.id, rejoined: true, options: bobsSeat.options });
      await change(world, ann, { password: null });
      await take(world, ann);
    },
  },
  {
    name: 'a room is full, counting players who are awaited, and never has more than its seats',
    isOurs: true,
    async tell(world) {
      const ann = await make(world, { size: 2 });
      await sit(world, ann);
      const bob = await take(world, ann);
      expect(await refusal(world, ann)).toBe('409 room-full');
      const player = await sit(world, bob);
      expect(await refusal(world, ann)).toBe('409 room-full');
      await player.closes(1001);
      await sit(world, await take(world, ann));
      expect(await refusal(world, ann, { token: bob.options.token })).toBe('409 room-full');
      await isKeptOut(world, bob, 'The room is full');
    },
  },
  {
    name: 'a locked room gives no new seats, and a player who holds one comes back',
    isOurs: true,
    async tell(world) {
      const annsSeat = await make(world);
      const ann = await sit(world, annsSeat);
      const bob = await take(world, annsSeat);
      await (await sit(world, bob)).closes(1001);
      await ann.hears({ type: 'LEAVE', src: bob.id });
      expect(await change(world, annsSeat, { locked: true })).toMatchObject({ locked: true });
      expect(await refusal(world, annsSeat)).toBe('423 room-locked');
      await sit(world, bob);
      await sit(world, await take(world, annsSeat, { token: bob.options.token }));
      await ann.hears({ type: 'LEAVE', src: bob.id });
    },
  },
  {
    name: 'the host removes a member, whose token is void, and who may take another seat unless banned',
    isOurs: true,
    async tell(world) {
      const annsSeat = await make(world);
      const ann = await sit(world, annsSeat);
      const bobsSeat = await take(world, annsSeat);
      const bob = await sit(world, bobsSeat);
      const cid = await sit(world, await take(world, annsSeat));
      await change(world, annsSeat, { kick: bob.id });
      await bob.isRefused(KICKED);
      for (const other of [ann, cid]) await other.hears({ type: 'LEAVE', src: bob.id });
      await isKeptOut(world, bobsSeat, KICKED);
      const another = await take(world, annsSeat, { token: bobsSeat.options.token });
      expect(another.id).not.toBe(bob.id);
      const back = await sit(world, another);
      await ann.says({ type: 'ROOM', payload: { ban: back.id } });
      await back.isRefused(KICKED);
      await isKeptOut(world, another, KICKED);
      expect(await refusal(world, annsSeat, { token: another.options.token })).toBe('403 banned');
    },
  },
  {
    name: 'a socket can ask for a seat itself: it is told of the room, and comes back by its token alone',
    isOurs: true,
    async tell(world) {
      const annsSeat = await make(world, { meta: { mode: 'duel' } });
      const { path } = annsSeat.options;
      const ann = await sit(world, annsSeat);
      const { player: bob, room } = await takeBySocket(world, 'bob', annsSeat);
      expect(room).toMatchObject({
        you: bob.id,
        host: ann.id,
        meta: { mode: 'duel' },
        peers: [{ id: ann.id }, { id: bob.id }],
      });
      await inTime(SETUP.leaveGrace, async () => {
        await bob.vanishes();
        await world.join('bob', { path });
      });
      await world.nothingMore(ann);
      await change(world, annsSeat, { locked: true });
      await world.join('bob', { path, ask: 'SEAT', page: 'second' });
      await ann.hears({ type: 'LEAVE', src: bob.id });
    },
  },
  {
    name: 'a host that asks for its seat again is a new page if it says so, and the role is of another one',
    isOurs: true,
    async tell(world) {
      const annsSeat = await make(world);
      const { id, options } = annsSeat;
      const { path, token } = options;
      await sit(world, annsSeat);
      const { player: bob } = await takeBySocket(world, 'bob', annsSeat);
      const ann = await world.join('ann', { id, path, token, ask: 'SEAT', page: 'second' });
      await bob.hears({ type: 'LEAVE', src: ann.id });
      expect(await ann.peer.next()).toMatchObject({ payload: { host: bob.id } });
    },
  },
  {
    name: 'a player who asks again for the seat that it has, as a stock client does, reconnects',
    isOurs: true,
    async tell(world) {
      const annsSeat = await make(world);
      const { id, options } = annsSeat;
      const { path, token } = options;
      const ann = await sit(world, annsSeat);
      const { player: bob } = await takeBySocket(world, 'bob', annsSeat);
      const cid = await sit(world, await take(world, annsSeat));
      await inTime(SETUP.leaveGrace, async () => {
        await bob.vanishes();
        await takeBySocket(world, 'bob', annsSeat);
      });
      await inTime(SETUP.leaveGrace, async () => {
        await ann.vanishes();
        const annAgain = await world.join('ann', { id, path, token, ask: 'SEAT' });
        expect(await annAgain.peer.next()).toMatchObject({ type: 'ROOM', payload: { host: id } });
      });
      await world.nothingMore(cid);
    },
  },
  {
    name: 'a socket that asks for a seat in vain is told why',
    isOurs: true,
    async tell(world) {
      const annsSeat = await make(world, { size: 2, password: 'moon' });
      const { path } = annsSeat.options;
      await sit(world, annsSeat);
      const isRefused = async (msg: string, name = 'bob', at = path) =>
        (await comeFor(world, name, at)).isRefused(msg);
      await isRefused('There is no room with this code', 'bob', '/room/pong/bibibibibibibi');
      await isRefused('There is no room with this code', 'bob', world.room);
      await isRefused('There is no room with this code', 'bob', world.path);
      await isRefused('The password of the room is another one');
      await change(world, annsSeat, { password: null, locked: true });
      await isRefused('The room is locked: nobody new may come in');
      await change(world, annsSeat, { locked: false });
      const { player: bob } = await takeBySocket(world, 'bob', annsSeat);
      await isRefused('The room is full', 'cid');
      const thief = await comeFor(world, 'bob', path, 'another token');
      expect(await thief.peer.next()).toMatchObject({ type: 'ID-TAKEN' });
      await change(world, annsSeat, { kick: bob.id });
      await bob.isRefused(KICKED);
      await isRefused(KICKED);
      const { player: cid } = await takeBySocket(world, 'cid', annsSeat);
      await change(world, annsSeat, { ban: cid.id });
      await cid.isRefused(KICKED);
      await isRefused('The host of the room has banned you', 'cid');
    },
  },
  {
    name: 'members are told of the lock and the state, and so is a player who comes later',
    isOurs: true,
    async tell(world) {
      const annsSeat = await make(world, { meta: { mode: 'duel' } });
      const ann = await sit(world, annsSeat);
      await ann.says({ type: 'ROOM' });
      await ann.peer.next();
      await ann.says({
        type: 'ROOM',
        payload: { state: { map: 'moon', round: 1 }, locked: false },
      });
      const toldOf = async (player: Player, payload: object) =>
        expect(await player.peer.next()).toMatchObject({ type: 'ROOM', payload });
      await toldOf(ann, { state: { map: 'moon', round: 1 }, locked: false });
      const bob = await sit(world, await take(world, annsSeat, { name: 'Bob' }));
      await toldOf(ann, { peers: [{ id: ann.id }, { id: bob.id, name: 'Bob' }] });
      expect(await change(world, annsSeat, { state: { round: null } })).toMatchObject({
        state: { map: 'moon' },
      });
      await toldOf(ann, { state: { map: 'moon' } });
      await bob.says({ type: 'ROOM' });
      await toldOf(bob, { state: { map: 'moon' }, meta: { mode: 'duel' }, host: ann.id, size: 4 });
    },
  },
  {
    name: 'what a member says is relayed to one other or to all, where the relay is on',
    isOurs: true,
    async tell(world) {
      const [ann, bob, cid] = [
        await world.join('ann', { path: world.room }),
        await world.join('bob', { path: world.room }),
        await world.join('cid', { path: world.room }),
      ];
      await ann.says({ type: 'RELAY', payload: { x: 1 } });
      for (const other of [bob, cid]) {
        await other.hears({ type: 'RELAY', src: ann.id, dst: other.id, payload: { x: 1 } });
      }
      await bob.says({ type: 'RELAY', dst: ann.id, payload: 'hello' });
      await ann.hears({ type: 'RELAY', src: bob.id, dst: ann.id, payload: 'hello' });
      await bob.says({ type: 'RELAY', dst: 'nobody', payload: 'hello' });
      expect(await bob.peer.next()).toMatchObject({
        type: 'ROOM',
        payload: { error: { type: 'no-such-peer' } },
      });
      await world.nothingMore(ann, bob, cid);
    },
  },
  {
    name: 'the host hands its role over, and the room is changed by the new one alone',
    isOurs: true,
    async tell(world) {
      const annsSeat = await make(world);
      await sit(world, annsSeat);
      const bobsSeat = await take(world, annsSeat);
      const bob = await sit(world, bobsSeat);
      const { host } = await change(world, annsSeat, { host: bob.id });
      expect(host).toBe(bob.id);
      const [status, { error }] = await ask<{ error: object }>(
        world,
        'PATCH',
        `/${annsSeat.room.code}`,
        { locked: true },
        annsSeat.options.token,
      );
      expect([status, error]).toMatchObject([403, { type: 'not-the-host' }]);
      await change(world, bobsSeat, { locked: true });
    },
  },
  {
    name: 'a host that reloads has its seat, and the role is of another one',
    isOurs: true,
    async tell(world) {
      const annsSeat = await make(world, { name: 'Ann' });
      await sit(world, annsSeat);
      const bob = await sit(world, await take(world, annsSeat));
      const again = await take(world, annsSeat, { token: annsSeat.options.token });
      const ann = await sit(world, again);
      await bob.hears({ type: 'LEAVE', src: ann.id });
      await bob.says({ type: 'ROOM' });
      expect(await bob.peer.next()).toMatchObject({
        payload: { host: bob.id, peers: [{ id: ann.id, seq: 1, name: 'Ann' }, { id: bob.id }] },
      });
    },
  },
];
