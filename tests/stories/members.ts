import { expect } from 'vitest';
import { inTime } from '../support/inTime.ts';
import { SETUP } from './settings.ts';
import { NO_ROOMS, type Player, type Story, type World } from './world.ts';

/** The members of a room, as a ROOM frame has them, who have said nothing of themselves. */
function member(player: Player, seq: number, more: object = {}) {
  return { id: player.id, seq, name: '', ready: false, away: false, data: {}, ...more };
}

/**
 * Asserts that the next frame is ROOM, with at least this in it.
 *
 * @returns the term of the host.
 */
async function isToldOf(player: Player, room: object): Promise<number> {
  const frame = await player.peer.next();
  expect(frame).toMatchObject({ type: 'ROOM', payload: room });
  return (frame.payload as { term: number }).term;
}

/** Two members of a room, of whom the first asked for it. */
async function twoMembers(world: World): Promise<[Player, Player]> {
  const ann = await world.join('ann', { path: world.room });
  const bob = await world.join('bob', { path: world.room });
  await ann.says({ type: 'ROOM' });
  return [ann, bob];
}

/** What members are told about their room. The official server knows no such frame, and ignores it. */
export const members: Story[] = [
  {
    name: 'a member that asks is told the whole room, at once and at every change',
    difference: NO_ROOMS,
    async tell(world) {
      const [ann, bob] = await twoMembers(world);
      await world.differs({
        async official() {
          await bob.says({ type: 'ROOM', payload: { set: { name: 'Bob' } } });
          await world.nothingMore(ann, bob);
        },
        async ours() {
          await ann.hears({
            type: 'ROOM',
            payload: {
              v: expect.any(Number),
              you: ann.id,
              host: ann.id,
              term: expect.any(Number),
              size: expect.any(Number),
              peers: [member(ann, 1), member(bob, 2)],
            },
          });
          const said = { name: 'Bob', ready: true, data: { colour: 'red' } };
          await bob.says({ type: 'ROOM', payload: { set: said } });
          await isToldOf(ann, { peers: [member(ann, 1), member(bob, 2, said)] });
          await bob.closes(1001);
          await ann.hears({ type: 'LEAVE', src: bob.id });
          await isToldOf(ann, { peers: [member(ann, 1)] });
          await world.nothingMore(ann);
        },
      });
    },
  },
  {
    name: 'a member that asks in the address of its socket is told the room behind OPEN, each time it comes',
    difference: NO_ROOMS,
    async tell(world) {
      const ann = await world.join('ann', { path: world.room });
      const come = (path: string) => world.join('bob', { path, ask: 'ROOM' });
      const bob = await come(world.room);
      await world.differs({
        async official() {
          await world.nothingMore(ann, bob);
        },
        async ours() {
          await isToldOf(bob, { you: bob.id, peers: [member(ann, 1), member(bob, 2)] });
          await ann.says({ type: 'ROOM', payload: { set: { name: 'Ann' } } });
          await isToldOf(bob, { peers: [{ name: 'Ann' }, {}] });
          const again = await inTime(SETUP.leaveGrace, async () => {
            await bob.vanishes();
            return come(world.room);
          });
          await isToldOf(again, { peers: [{ name: 'Ann' }, { away: false }] });
          await world.nothingMore(ann, again);
          const inRealm = await come(world.path);
          await world.nothingMore(inRealm);
        },
      });
    },
  },
  {
    name: 'the server names a host, and another one when that is gone or yields',
    difference: NO_ROOMS,
    async tell(world) {
      const [ann, bob] = await twoMembers(world);
      await bob.says({ type: 'ROOM' });
      await world.differs({
        async official() {
          await world.nothingMore(ann, bob);
        },
        async ours() {
          const first = await isToldOf(ann, { host: ann.id });
          await isToldOf(bob, { host: ann.id, term: first });
          await ann.says({ type: 'ROOM', payload: { yield: true } });
          const second = await isToldOf(ann, { host: bob.id });
          await isToldOf(bob, { host: bob.id, term: second });
          await bob.closes(1001);
          await ann.hears({ type: 'LEAVE', src: bob.id });
          const third = await isToldOf(ann, { host: ann.id });
          expect(first).toBeLessThan(second);
          expect(second).toBeLessThan(third);
        },
      });
    },
  },
  {
    name: 'a host that lost its socket keeps its role until a member complains',
    difference: NO_ROOMS,
    async tell(world) {
      const [ann, bob] = await twoMembers(world);
      await bob.says({ type: 'ROOM' });
      await world.differs({
        async official() {
          await ann.vanishes();
          await world.nothingMore(bob);
        },
        async ours() {
          await isToldOf(bob, { host: ann.id, peers: [{ away: false }, {}] });
          await ann.vanishes();
          await isToldOf(bob, { host: ann.id, peers: [{ away: true }, {}] });
          await bob.says({ type: 'ROOM', payload: { suspect: ann.id } });
          await isToldOf(bob, { host: bob.id });
        },
      });
    },
  },
  {
    name: 'the host removes a member, and its token is void',
    difference: NO_ROOMS,
    async tell(world) {
      const [ann, bob] = await twoMembers(world);
      const cid = await world.join('cid', { path: world.room });
      await world.differs({
        async official() {
          await ann.says({ type: 'ROOM', payload: { kick: bob.id } });
          await world.nothingMore(ann, bob, cid);
        },
        async ours() {
          await bob.says({ type: 'ROOM', payload: { rid: 7, kick: cid.id } });
          await bob.hears({
            type: 'ROOM',
            payload: {
              rid: 7,
              error: { type: 'not-the-host', msg: 'Only the host of the room may do this' },
            },
          });
          await bob.says({ type: 'ROOM' });
          await isToldOf(bob, { you: bob.id });
          await bob.says({ type: 'ROOM', payload: { rid: 8, set: { name: 'Bob' } } });
          await isToldOf(bob, { you: bob.id, rid: 8 });
          // A room that nobody made forgets, when it sleeps, which members it removed.
          await world.whileWaiting(async () => {
            await ann.says({ type: 'ROOM', payload: { kick: bob.id } });
            await bob.isRefused('The host of the room has removed you');
            await cid.hears({ type: 'LEAVE', src: bob.id });
            const again = await world.connect('bob', { path: world.room });
            await again.isRefused('The host of the room has removed you');
          });
        },
      });
    },
  },
];
