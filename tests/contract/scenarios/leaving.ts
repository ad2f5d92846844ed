import type { Player, Story } from './world.ts';

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
    name: 'LEAVE to nobody gives up the id, and the socket stays open',
    async tell(world) {
      const bob = await world.join('bob');
      const before = await world.join('alice');
      await before.says({ type: 'LEAVE' });
      const after = await world.joinWhenFree('alice', { token: 'another' });
      await bob.says({ type: 'OFFER', dst: after.id });
      await after.hears({ type: 'OFFER', src: bob.id, dst: after.id });
      await world.nothingMore(bob, after);
    },
  },
  {
    name: 'a socket that has given up its id can neither speak for it nor unseat its new holder',
    difference: 'the id may be somebody else’s by now',
    async tell(world) {
      const bob = await world.join('bob');
      const before = await world.join('alice');
      await before.says({ type: 'LEAVE' });
      const after = await world.joinWhenFree('alice', { token: 'another' });
      await before.says({ type: 'OFFER', dst: bob.id });
      await before.closes();
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
    name: 'in a room the others get LEAVE when a member gives up its id',
    difference: 'the official server has no rooms',
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
      await world.nothingMore(bob, carol);
    },
  },
  {
    name: 'in a room the others get LEAVE when a member has not come back within its grace',
    difference: 'the official server has no rooms',
    async tell(world) {
      const alice = await world.join('alice', { path: world.room });
      const bob = await world.join('bob', { path: world.room });
      await world.whileWaiting(async () => {
        await alice.closes();
        await world.differs({
          official: async () => {},
          ours: () => bob.hears({ type: 'LEAVE', src: alice.id }),
        });
        await world.nothingMore(bob);
      });
    },
  },
  {
    name: 'in a room a peer keeps its seat and its messages during its grace, and resumes silently',
    difference: 'a change of network must not end a game; the official server has no grace',
    async tell(world) {
      const four = [];
      for (const name of ['alice', 'bob', 'carol', 'dave']) {
        four.push(await world.join(name, { path: world.room }));
      }
      const [alice, ...others] = four as [Player, ...Player[]];
      await world.whileWaiting(async () => {
        await alice.closes();
        const fifth = await world.connect('eve', { path: world.room });
        await world.differs({
          official: () => fifth.hears({ type: 'OPEN' }),
          async ours() {
            await fifth.isRefused('The room is full');
            await others[0]?.says({ type: 'OFFER', dst: alice.id });
            await others[0]?.peer.settle();
            const again = await world.join('alice', { path: world.room });
            await again.hears({ type: 'OFFER', src: others[0]?.id ?? '', dst: alice.id });
            await world.nothingMore(again);
          },
        });
        await world.nothingMore(...others);
      });
    },
  },
  {
    name: 'in a room a page that was reloaded gets its id at once, and the others get LEAVE first',
    difference: 'the official server has no rooms',
    async tell(world) {
      const alice = await world.join('alice', { path: world.room });
      const bob = await world.join('bob', { path: world.room });
      await world.whileWaiting(async () => {
        await alice.closes();
        await world.differs({
          async official() {
            await world.joinWhenFree('alice', { path: world.room, token: 'new' });
          },
          async ours() {
            const reloaded = await world.join('alice', { path: world.room, token: 'new' });
            await reloaded.says({ type: 'OFFER', dst: bob.id });
            await bob.hears(
              { type: 'LEAVE', src: alice.id },
              { type: 'OFFER', src: alice.id, dst: bob.id },
            );
            await world.nothingMore(reloaded);
          },
        });
        await world.nothingMore(bob);
      });
    },
  },
  {
    name: 'a fifth peer in a room gets room-full, and the four notice nothing',
    difference: 'the official server has no rooms',
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
