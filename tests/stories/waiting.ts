import { expect } from 'vitest';
import { inTime } from '../support/inTime.ts';
import { SETUP } from './settings.ts';
import type { Story } from './world.ts';

/** What becomes of messages to a peer that is not there. */
export const waiting: Story[] = [
  {
    name: 'messages wait for a peer, and are delivered in order after its OPEN',
    async tell(world) {
      const alice = await world.join('alice');
      const carol = await world.join('carol');
      const bob = world.id('bob');
      await world.whileWaiting(async () => {
        const player = await inTime(SETUP.expireTimeout, async () => {
          await alice.says({ type: 'OFFER', dst: bob, payload: 1 });
          await alice.says({ type: 'CANDIDATE', dst: bob, payload: 2 });
          await alice.peer.settle();
          await carol.says({ type: 'ANSWER', dst: bob, payload: 3 });
          await carol.peer.settle();
          await alice.says({ type: 'CANDIDATE', dst: bob, payload: 4 });
          await alice.peer.settle();
          return world.join('bob');
        });
        await player.hears(
          { type: 'OFFER', src: alice.id, dst: bob, payload: 1 },
          { type: 'CANDIDATE', src: alice.id, dst: bob, payload: 2 },
          { type: 'ANSWER', src: carol.id, dst: bob, payload: 3 },
          { type: 'CANDIDATE', src: alice.id, dst: bob, payload: 4 },
        );
        await world.nothingMore(alice, carol, player);
      });
    },
  },
  {
    name: 'messages that wait in vain expire: one EXPIRE for each pair',
    async tell(world) {
      const alice = await world.join('alice');
      const carol = await world.join('carol');
      const [bob, dave] = [world.id('bob'), world.id('dave')];
      const start = Date.now();
      await world.whileWaiting(async () => {
        await alice.says(
          { type: 'OFFER', dst: bob },
          { type: 'CANDIDATE', dst: bob },
          { type: 'CANDIDATE', dst: bob },
        );
        await alice.peer.settle();
        await carol.says({ type: 'ANSWER', dst: bob });
        await carol.peer.settle();
        await alice.says({ type: 'OFFER', dst: dave });
        await alice.hears(
          { type: 'EXPIRE', src: bob, dst: alice.id },
          { type: 'EXPIRE', src: dave, dst: alice.id },
        );
        await carol.hears({ type: 'EXPIRE', src: bob, dst: carol.id });
      });
      expect(Date.now() - start).toBeGreaterThanOrEqual(SETUP.expireTimeout);
      const player = await world.join('bob');
      await world.nothingMore(alice, carol, player);
    },
  },
  {
    name: 'LEAVE and EXPIRE for an absent peer do not wait',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = world.id('bob');
      await alice.says({ type: 'LEAVE', dst: bob }, { type: 'EXPIRE', dst: bob });
      await alice.peer.settle();
      const player = await world.join('bob');
      await world.nothingMore(alice, player);
    },
  },
  {
    name: 'a sender that has gone is told of nothing',
    async tell(world) {
      const alice = await world.join('alice');
      const carol = await world.join('carol');
      await world.whileWaiting(async () => {
        await alice.says({ type: 'OFFER', dst: world.id('bob') });
        await alice.closes();
        await carol.says({ type: 'OFFER', dst: world.id('dave') });
        await carol.hears({ type: 'EXPIRE', src: world.id('dave'), dst: carol.id });
      });
      const again = await world.joinWhenFree('alice');
      await world.nothingMore(again, carol);
    },
  },
  {
    name: 'at most 128 messages of one peer wait for another',
    difference: 'otherwise anyone could fill the memory',
    async tell(world) {
      const alice = await world.join('alice');
      const carol = await world.join('carol');
      const bob = world.id('bob');
      const fromAlice = Array.from({ length: 129 }, (_, index) => index);
      const fromCarol = Array.from({ length: 100 }, (_, index) => index);
      await world.whileWaiting(async () => {
        const player = await inTime(SETUP.expireTimeout, async () => {
          await carol.says(...fromCarol.map((payload) => ({ type: 'OFFER', dst: bob, payload })));
          await carol.peer.settle();
          await alice.says(...fromAlice.map((payload) => ({ type: 'OFFER', dst: bob, payload })));
          await alice.peer.settle();
          return world.join('bob');
        });
        await world.differs({
          official: async () => {},
          ours: () => alice.hears({ type: 'EXPIRE', src: bob, dst: alice.id }),
        });
        await player.hears(
          ...fromCarol.map((payload) => ({ type: 'OFFER', src: carol.id, dst: bob, payload })),
        );
        await world.differs({
          official: () =>
            player.hears(
              ...fromAlice.map((payload) => ({ type: 'OFFER', src: alice.id, dst: bob, payload })),
            ),
          ours: async () => {},
        });
        await world.nothingMore(alice, carol, player);
      });
    },
  },
  {
    name: 'a peer called in vain a moment ago is not waited for again',
    difference: 'each wait keeps a room awake and billed',
    async tell(world) {
      const alice = await world.join('alice', { path: world.room });
      const bob = world.id('bob');
      await world.whileWaiting(async () => {
        await alice.says({ type: 'OFFER', dst: bob });
        await alice.hears({ type: 'EXPIRE', src: bob, dst: alice.id });
      });
      const start = Date.now();
      // Also where the room has slept in between.
      await alice.says({ type: 'OFFER', dst: bob });
      await alice.hears({ type: 'EXPIRE', src: bob, dst: alice.id });
      await world.differs({
        official: async () => expect(Date.now() - start).toBeGreaterThanOrEqual(900),
        ours: async () => {
          const arrived = await world.join('bob', { path: world.room });
          await alice.says({ type: 'OFFER', dst: bob });
          await arrived.hears({ type: 'OFFER', src: alice.id, dst: bob });
          await world.nothingMore(alice, arrived);
        },
      });
    },
  },
];
