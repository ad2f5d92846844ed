import { expect } from 'vitest';
import { inTime } from '../support/inTime.ts';
import { SETUP } from './settings.ts';
import { NO_ROOMS, type Player, type Story } from './world.ts';

/** What a browser closes its sockets with where a page goes away. */
const GOING_AWAY = 1001;

/** For what must not happen in a time. */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How a peer goes, and who hears of it. */
export const leaving: Story[] = [
  {
    name: 'LEAVE to a peer is only a message: its sender stays',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      await alice.says({ type: 'LEAVE', dst: bob.id });
      await bob.hears({ type: 'LEAVE', src: alice.id, dst: bob.id });
      await alice.says({ type: 'LEAVE', dst: world.id('absent') });
      await bob.says({ type: 'OFFER', dst: alice.id });
      await alice.hears({ type: 'OFFER', src: bob.id, dst: alice.id });
      await world.nothingMore(alice, bob);
    },
  },
  {
    name: 'LEAVE to nobody gives up the id',
    async tell(world) {
      const bob = await world.join('bob');
      const before = await world.join('alice');
      await world.whileWaiting(async () => {
        await before.says({ type: 'LEAVE' });
        const after = await world.joinWhenFree('alice', { token: 'another' });
        await bob.says({ type: 'OFFER', dst: after.id });
        await after.hears({ type: 'OFFER', src: bob.id, dst: after.id });
        await world.nothingMore(bob, after);
      });
    },
  },
  {
    name: 'a socket that gave up its id can neither send for it nor displace its new holder',
    difference: 'somebody else may have the id',
    async tell(world) {
      const bob = await world.join('bob');
      const before = await world.join('alice');
      const after = await world.whileWaiting(async () => {
        await before.says({ type: 'LEAVE' });
        const holder = await world.joinWhenFree('alice', { token: 'another' });
        await before.says({ type: 'OFFER', dst: bob.id });
        await before.closes();
        return holder;
      });
      await world.differs({
        async official() {
          await bob.hears({ type: 'OFFER', src: before.id, dst: bob.id });
          // Its close has taken the id from the new holder.
          await world.joinWhenFree('alice', { token: 'a third' });
        },
        async ours() {
          const third = await world.connect('alice', { token: 'a third' });
          await third.hears({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } });
          await world.nothingMore(bob, after);
        },
      });
    },
  },
  {
    name: 'nobody is told when a peer of a realm has gone',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      await alice.says({ type: 'OFFER', dst: bob.id });
      await bob.hears({ type: 'OFFER', src: alice.id, dst: bob.id });
      await alice.closes();
      await world.nothingMore(bob);
    },
  },
  {
    name: 'in a room the others get LEAVE at once when a member gives up its id',
    difference: NO_ROOMS,
    async tell(world) {
      const alice = await world.join('alice', { path: world.room });
      const bob = await world.join('bob', { path: world.room });
      const carol = await world.join('carol', { path: world.room });
      await alice.says({ type: 'LEAVE' });
      await world.differs({
        official: async () => {},
        async ours() {
          await bob.hears({ type: 'LEAVE', src: alice.id });
          await carol.hears({ type: 'LEAVE', src: alice.id });
        },
      });
      await world.whileWaiting(() => world.nothingMore(bob, carol));
    },
  },
  {
    name: 'in a room the others get LEAVE at once when a page goes away',
    difference: NO_ROOMS,
    async tell(world) {
      const alice = await world.join('alice', { path: world.room });
      const bob = await world.join('bob', { path: world.room });
      await alice.closes(GOING_AWAY);
      await world.differs({
        official: async () => {},
        ours: () => bob.hears({ type: 'LEAVE', src: alice.id }),
      });
      await world.nothingMore(bob);
    },
  },
  {
    name: 'nobody is told when a peer disconnects: its connections to others go on',
    async tell(world) {
      const alice = await world.join('alice', { path: world.room });
      const bob = await world.join('bob', { path: world.room });
      await alice.closes();
      await sleep(2 * SETUP.leaveGrace);
      await world.nothingMore(bob);
    },
  },
  {
    name: 'the id and the seat of a peer that disconnects are free at once',
    async tell(world) {
      const players = [];
      for (const name of ['alice', 'bob', 'carol', 'dave']) {
        players.push(await world.join(name, { path: world.room }));
      }
      await players[0]?.closes();
      await world.joinWhenFree('alice', { path: world.room, token: 'another' });
      await players[1]?.closes();
      await world.joinWhenFree('eve', { path: world.room });
    },
  },
  {
    name: 'a page that is reloaded without an id of its own is in at once, where the room was full',
    async tell(world) {
      const four = [];
      for (const name of ['alice', 'bob', 'carol', 'dave']) {
        four.push(await world.join(name, { path: world.room }));
      }
      await four[0]?.closes(GOING_AWAY);
      await world.join('the id that the server gave', { path: world.room });
    },
  },
  {
    name: 'in a room nobody is told of a lost socket whose peer comes back within its grace',
    async tell(world) {
      const alice = await world.join('alice', { path: world.room });
      const bob = await world.join('bob', { path: world.room });
      await inTime(SETUP.leaveGrace, async () => {
        await alice.vanishes();
        await world.joinWhenFree('alice', { path: world.room });
      });
      await sleep(2 * SETUP.leaveGrace);
      await world.nothingMore(bob);
    },
  },
  {
    name: 'in a room the others get LEAVE when a grace period ends',
    difference: NO_ROOMS,
    async tell(world) {
      const alice = await world.join('alice', { path: world.room });
      const bob = await world.join('bob', { path: world.room });
      await alice.vanishes();
      await world.differs({
        official: async () => {},
        ours: () => bob.hears({ type: 'LEAVE', src: alice.id }),
      });
      await world.nothingMore(bob);
    },
  },
  {
    name: 'in its grace period a member keeps its messages, and the others notice nothing',
    difference: NO_ROOMS,
    async tell(world) {
      const alice = await world.join('alice', { path: world.room });
      const bob = await world.join('bob', { path: world.room });
      await world.differs({
        official: () => alice.vanishes(),
        async ours() {
          const again = await inTime(SETUP.leaveGrace, async () => {
            await alice.vanishes();
            return world.whileWaiting(async () => {
              await bob.says({ type: 'OFFER', dst: alice.id });
              await bob.peer.settle();
              return world.join('alice', { path: world.room });
            });
          });
          await again.hears({ type: 'OFFER', src: bob.id, dst: alice.id });
          await world.nothingMore(again);
        },
      });
      await world.nothingMore(bob);
    },
  },
  {
    name: 'in a full room a newcomer gets the seat of the member that was lost first',
    difference: NO_ROOMS,
    async tell(world) {
      const four = [];
      for (const name of ['alice', 'bob', 'carol', 'dave']) {
        four.push(await world.join(name, { path: world.room }));
      }
      const [alice, bob, ...others] = four as [Player, Player, ...Player[]];
      await alice.vanishes();
      // So that the server has seen it before it sees the next one.
      await world.nothingMore(...others);
      await bob.vanishes();
      const newcomer = await world.connect('eve', { path: world.room });
      await newcomer.hears({ type: 'OPEN' });
      await world.differs({
        official: async () => {},
        async ours() {
          for (const other of others) await other.hears({ type: 'LEAVE', src: alice.id });
        },
      });
    },
  },
  {
    name: 'a member that reconnects learns who has left',
    difference: NO_ROOMS,
    async tell(world) {
      const alice = await world.join('alice', { path: world.room });
      const bob = await world.join('bob', { path: world.room });
      await world.differs({
        official: async () => {},
        async ours() {
          const again = await inTime(SETUP.leaveGrace, async () => {
            await alice.vanishes();
            await bob.closes(GOING_AWAY);
            return world.join('alice', { path: world.room });
          });
          await again.hears({ type: 'LEAVE', src: bob.id });
          await world.nothingMore(again);
        },
      });
    },
  },
  {
    name: 'an offer into a dead socket reaches the page when it reconnects',
    difference: 'nobody knew that the socket was dead',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      await world.whileWaiting(async () => {
        await bob.says({ type: 'OFFER', dst: alice.id, payload: 'a call' });
        await alice.hears({ type: 'OFFER', src: bob.id, dst: alice.id, payload: 'a call' });
        // She has said nothing since, so that the server cannot know whether she got it.
        const again = await world.connect('alice');
        await world.differs({
          official: async () => {},
          async ours() {
            await again.hears(
              { type: 'OPEN' },
              { type: 'OFFER', src: bob.id, dst: alice.id, payload: 'a call' },
            );
          },
        });
        await world.nothingMore(again, bob);
      });
    },
  },
  {
    name: 'an offer into a dead socket expires if the page does not reconnect',
    difference: 'a caller should not wait for ever',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      await world.whileWaiting(async () => {
        await bob.says({ type: 'OFFER', dst: alice.id });
        await alice.hears({ type: 'OFFER', src: bob.id, dst: alice.id });
        await alice.vanishes();
        await world.differs({
          official: async () => {},
          ours: () => bob.hears({ type: 'EXPIRE', src: alice.id, dst: bob.id }),
        });
        await world.nothingMore(bob);
      });
    },
  },
  {
    name: 'what was answered is not sent again to a page that comes back',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      await bob.says({ type: 'OFFER', dst: alice.id });
      await alice.hears({ type: 'OFFER', src: bob.id, dst: alice.id });
      await alice.says({ type: 'ANSWER', dst: bob.id });
      await bob.hears({ type: 'ANSWER', src: alice.id, dst: bob.id });
      const again = await world.connect('alice');
      await again.peer.settle();
      expect(again.peer.frames.filter(({ type }) => type === 'OFFER')).toEqual([]);
    },
  },
  {
    name: 'in a room a reloaded page gets its id at once, and the others get LEAVE first',
    difference: NO_ROOMS,
    async tell(world) {
      const alice = await world.join('alice', { path: world.room });
      const bob = await world.join('bob', { path: world.room });
      await alice.vanishes();
      await world.differs({
        async official() {
          await world.joinWhenFree('alice', { path: world.room, token: 'new' });
        },
        async ours() {
          const reloaded = await world.joinWhenFree('alice', { path: world.room, token: 'new' });
          await reloaded.says({ type: 'OFFER', dst: bob.id });
          await bob.hears(
            { type: 'LEAVE', src: alice.id },
            { type: 'OFFER', src: alice.id, dst: bob.id },
          );
          await world.nothingMore(reloaded);
        },
      });
      await world.nothingMore(bob);
    },
  },
  {
    name: 'a fifth peer in a room gets room-full, and the four notice nothing',
    difference: NO_ROOMS,
    async tell(world) {
      const four = [];
      for (const name of ['a', 'b', 'c', 'd']) {
        four.push(await world.join(name, { path: world.room }));
      }
      const fifth = await world.connect('e', { path: world.room });
      await world.differs({
        official: () => fifth.hears({ type: 'OPEN' }),
        async ours() {
          await fifth.hears({
            type: 'ERROR',
            payload: { msg: 'The room is full', type: 'room-full' },
          });
          await fifth.isClosed({ code: 1008, reason: 'room-full' });
        },
      });
      await world.nothingMore(...four);
    },
  },
];
