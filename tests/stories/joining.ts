import { expect } from 'vitest';
import { SETUP } from './settings.ts';
import type { Story } from './world.ts';

/** How a peer gets its id, or does not. */
export const joining: Story[] = [
  {
    name: 'a peer that connects gets a bare OPEN',
    async tell(world) {
      const alice = await world.join('alice');
      expect(alice.peer.received).toEqual(['{"type":"OPEN"}']);
      await world.nothingMore(alice);
    },
  },
  {
    name: 'ids and tokens may hold any printable character',
    async tell(world) {
      const id = `${world.id('Ålice')} / ?&=%41 "quoted" 🎲`;
      const alice = await world.join('alice', { id, token: '<Peer object at 0x7f> +&%' });
      const bob = await world.join('bob');
      await bob.says({ type: 'OFFER', dst: id, payload: {} });
      await alice.hears({ type: 'OFFER', src: bob.id, dst: id, payload: {} });
    },
  },
  {
    name: 'the version and other parameters are ignored',
    async tell(world) {
      const id = world.id('alice');
      const query = `key=peerjs&id=${id}&token=t&version=1.5.5&cache=1`;
      await world.join('alice', { id, query });
    },
  },
  {
    name: 'of the subprotocols that a client offers the first is taken, also where it is refused',
    async tell(world) {
      const protocols = ['peerjs', 'binary'];
      const alice = await world.join('alice', { protocols });
      const bob = await world.join('bob', { protocols: ['v1.peerjs'] });
      await bob.says({ type: 'OFFER', dst: alice.id });
      await alice.hears({ type: 'OFFER', src: bob.id, dst: alice.id });
      const stranger = await world.connect('stranger', { protocols, key: 'wrong' });
      await stranger.isRefused('Invalid key provided');
      const late = await world.connect('alice', { protocols, token: 'another' });
      await late.hears({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } });
      await late.isClosed();
    },
  },
  {
    name: 'of a parameter given twice the last counts',
    async tell(world) {
      const [first, last] = [world.id('first'), world.id('last')];
      const query = `key=wrong&id=${first}&token=t&id=${last}&key=peerjs`;
      const alice = await world.join('alice', { id: last, query });
      const bob = await world.join('bob');
      await bob.says({ type: 'OFFER', dst: last });
      await alice.hears({ type: 'OFFER', src: bob.id, dst: last });
    },
  },
  {
    name: 'a wrong key is refused',
    async tell(world) {
      const alice = await world.connect('alice', { key: 'PeerJS' });
      await alice.isRefused('Invalid key provided');
    },
  },
  {
    name: 'a missing or empty id, token or key is refused',
    async tell(world) {
      for (const query of ['', 'id=a&token=t', 'key=peerjs&token=t', 'key=peerjs&id=a&token=']) {
        const alice = await world.connect('alice', { query });
        await alice.isRefused('No id, token, or key supplied to websocket server');
      }
    },
  },
  {
    name: 'an id is taken while its holder is connected',
    async tell(world) {
      const alice = await world.join('alice');
      const other = await world.connect('alice', { token: 'another' });
      await other.hears({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } });
      await other.isClosed();
      await world.nothingMore(alice);
    },
  },
  {
    name: 'an id is free once the socket of its holder has closed',
    async tell(world) {
      const bob = await world.join('bob');
      const first = await world.join('alice');
      await first.closes();
      const second = await world.joinWhenFree('alice', { token: 'another' });
      await bob.says({ type: 'OFFER', dst: second.id });
      await second.hears({ type: 'OFFER', src: bob.id, dst: second.id });
      await world.nothingMore(bob, second);
    },
  },
  {
    name: 'one peer more than the limit is refused, and the others notice nothing',
    discovery: 'on',
    async tell(world) {
      const names = Array.from({ length: SETUP.limit }, (_, index) => `peer${index}`);
      const players = [];
      for (const name of names) players.push(await world.join(name));

      const refused = await world.connect('one-too-many');
      await refused.isRefused('Server has reached its concurrent user limit');
      await world.nothingMore(...players);

      await players[0]?.closes();
      await expect
        .poll(async () => JSON.parse((await world.http(world.url('/peerjs/peers'))).body))
        .toHaveLength(SETUP.limit - 1);
      await world.join('one-too-many');
    },
  },
  {
    name: 'a refusal has a type, a close code and a reason',
    difference: 'programs should not compare sentences',
    async tell(world) {
      const wrongKey = await world.connect('alice', { key: 'wrong' });
      const nameless = await world.connect('alice', { query: 'key=peerjs' });
      const holder = await world.join('holder');
      const late = await world.connect('holder', { token: 'another' });
      const msg = 'Invalid key provided';
      const missing = 'No id, token, or key supplied to websocket server';
      await late.hears({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } });
      await world.differs({
        async official() {
          const silently = { code: 1005, reason: '' };
          await wrongKey.hears({ type: 'ERROR', payload: { msg } });
          await wrongKey.isClosed(silently);
          await nameless.hears({ type: 'ERROR', payload: { msg: missing } });
          await nameless.isClosed(silently);
          await late.isClosed(silently);
        },
        async ours() {
          await wrongKey.hears({ type: 'ERROR', payload: { msg, type: 'invalid-key' } });
          await wrongKey.isClosed({ code: 1008, reason: 'invalid-key' });
          await nameless.hears({
            type: 'ERROR',
            payload: { msg: missing, type: 'missing-parameters' },
          });
          await nameless.isClosed({ code: 1008, reason: 'missing-parameters' });
          await late.isClosed({ code: 1008, reason: 'id-taken' });
        },
      });
      await world.nothingMore(holder);
    },
  },
  {
    name: 'an id that is too long or invisible is refused',
    difference: 'it is a mistake or an attack',
    async tell(world) {
      for (const id of ['x'.repeat(513), 'a\nb', 'a\u200bb', 'a\u202eb', ' ']) {
        const alice = await world.connect('alice', { id });
        await world.differs({
          official: () => alice.hears({ type: 'OPEN' }),
          async ours() {
            await alice.isRefused(
              'Invalid id: it must have 1 to 512 characters, all of them visible',
            );
          },
        });
      }
      await world.join('alice', { id: 'x'.repeat(512) });
    },
  },
  {
    name: 'a token of more than 4,096 characters is refused',
    difference: 'it must survive hibernation',
    async tell(world) {
      const alice = await world.connect('alice', { token: 't'.repeat(4097) });
      await world.differs({
        official: () => alice.hears({ type: 'OPEN' }),
        ours: () => alice.isRefused('Invalid token provided'),
      });
      await world.join('bob', { token: 't'.repeat(4096) });
    },
  },
  {
    name: 'the same id and token takes over, and gets OPEN',
    difference: 'without OPEN a reconnect hangs',
    async tell(world) {
      const bob = await world.join('bob');
      const older = await world.join('alice');
      const newer = await world.connect('alice');
      await world.differs({
        // The old socket stays open, and hears nothing any more.
        official: async () => {},
        async ours() {
          await newer.hears({ type: 'OPEN' });
          await older.isClosed({ code: 4000, reason: 'replaced' });
        },
      });
      await bob.says({ type: 'OFFER', dst: newer.id });
      await newer.hears({ type: 'OFFER', src: bob.id, dst: newer.id });
      await world.nothingMore(bob, newer);
      expect(older.peer.frames).toEqual([{ type: 'OPEN' }]);
    },
  },
  {
    name: 'the fourth takeover of an id within a minute gets ID-TAKEN',
    difference: 'two pages would take turns for ever',
    async tell(world) {
      const bob = await world.join('bob');
      const pages = [await world.join('alice')];
      for (let takeover = 1; takeover <= 3; takeover += 1) {
        pages.push(await world.connect('alice'));
        await world.differs({
          official: async () => {},
          ours: async () => pages.at(-1)?.hears({ type: 'OPEN' }),
        });
      }
      const fourth = await world.connect('alice');
      await world.differs({
        official: async () => {},
        async ours() {
          await fourth.hears({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } });
          await fourth.isClosed();
          const holder = pages.at(-1);
          await bob.says({ type: 'OFFER', dst: bob.id.replace('bob', 'alice') });
          await holder?.hears({ type: 'OFFER', src: bob.id, dst: holder.id });
        },
      });
    },
  },
  {
    name: 'a replaced socket can neither send for the id nor give it up',
    difference: 'the old page must not act for the new one',
    stopsReading: true,
    async tell(world) {
      const bob = await world.join('bob');
      const older = await world.join('alice');
      older.stopsReading();
      const newer = await world.connect('alice');
      await older.says({ type: 'OFFER', dst: bob.id, payload: 'stale' }, { type: 'LEAVE' });
      await world.differs({
        async official() {
          await bob.hears({ type: 'OFFER', src: older.id, dst: bob.id, payload: 'stale' });
          older.readsOn();
          await older.closes();
          await world.joinWhenFree('alice', { token: 'another' });
        },
        async ours() {
          await newer.hears({ type: 'OPEN' });
          older.readsOn();
          await older.isClosed({ code: 4000, reason: 'replaced' });
          const another = await world.connect('alice', { token: 'another' });
          await another.hears({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } });
          await world.nothingMore(bob, newer);
        },
      });
    },
  },
];
