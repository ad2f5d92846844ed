import { expect } from 'vitest';
import type { Story } from './world.ts';

/** A payload with what clients put there, and with what no server knows. */
const PAYLOAD = {
  sdp: { type: 'offer', sdp: 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n' },
  type: 'data',
  connectionId: 'dc_1',
  metadata: { name: 'Zoë 🎲', nested: [1, 2.5, -0.1e-7, null, true, { deep: [[]] }] },
  reliable: false,
  'a field of the future': { toString: 'mine', length: 0 },
};

/** What becomes of the frames that a peer sends. */
export const relaying: Story[] = [
  ...(['OFFER', 'ANSWER', 'CANDIDATE', 'LEAVE', 'EXPIRE'] as const).map(
    (type): Story => ({
      name: `${type} reaches its dst alone: its payload whole, no other field, src by the server`,
      async tell(world) {
        const alice = await world.join('alice');
        const bob = await world.join('bob');
        const carol = await world.join('carol');
        await alice.says({
          src: carol.id,
          extra: 1,
          ttl: 2,
          type,
          payload: PAYLOAD,
          dst: bob.id,
        });
        await bob.hears({ type, src: alice.id, dst: bob.id, payload: PAYLOAD });
        await world.nothingMore(alice, bob, carol);
        expect(Object.keys(JSON.parse(String(bob.peer.received[1])))).toEqual([
          'type',
          'src',
          'dst',
          'payload',
        ]);
      },
    }),
  ),
  {
    name: 'a payload may be anything, or be missing',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      const frame = { src: alice.id, dst: bob.id };
      for (const payload of [null, false, 0, '', 'text', [1, 'two']]) {
        await alice.says({ type: 'ANSWER', dst: bob.id, payload });
        await bob.hears({ type: 'ANSWER', ...frame, payload });
      }
      await alice.says({ type: 'OFFER', dst: bob.id });
      await bob.hears({ type: 'OFFER', ...frame });
      expect(String(bob.peer.received.at(-1))).not.toContain('payload');
    },
  },
  {
    name: 'frames between two peers keep their order',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      const numbers = Array.from({ length: 30 }, (_, index) => index);
      await alice.says(...numbers.map((payload) => ({ type: 'CANDIDATE', dst: bob.id, payload })));
      await bob.hears(
        ...numbers.map((payload) => ({
          type: 'CANDIDATE',
          src: alice.id,
          dst: bob.id,
          payload,
        })),
      );
    },
  },
  {
    name: 'a message to oneself is delivered',
    async tell(world) {
      const alice = await world.join('alice');
      await alice.says({ type: 'OFFER', dst: alice.id, payload: 1 });
      await alice.hears({ type: 'OFFER', src: alice.id, dst: alice.id, payload: 1 });
    },
  },
  {
    name: 'a binary frame is read as the JSON it holds, and relayed as text',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      const text = JSON.stringify({ type: 'OFFER', dst: bob.id, payload: 'Zoë 🎲' });
      await alice.says(new TextEncoder().encode(text));
      await bob.hears({ type: 'OFFER', src: alice.id, dst: bob.id, payload: 'Zoë 🎲' });
      expect(typeof bob.peer.received.at(-1)).toBe('string');
    },
  },
  {
    name: 'frames of another type are ignored, those only a server sends included',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      for (const type of ['OPEN', 'ERROR', 'ID-TAKEN', 'offer', 'GAME', '', '__proto__']) {
        await alice.says({ type, dst: bob.id, payload: { msg: 'x' } });
      }
      await world.nothingMore(alice, bob);
    },
  },
  {
    name: 'a message to nobody in particular is ignored',
    async tell(world) {
      const alice = await world.join('alice');
      for (const type of ['OFFER', 'ANSWER', 'CANDIDATE', 'EXPIRE']) {
        await alice.says({ type }, { type, dst: '' }, { type, dst: null });
      }
      await world.nothingMore(alice);
    },
  },
  {
    name: 'a frame that is no JSON object harms nobody, its sender included',
    async tell(world) {
      const alice = await world.join('alice');
      const frames = ['', '{"type":"OFFER",', 'null', '7', '"OFFER"', '[{"type":"OFFER"}]'];
      for (const [index, frame] of frames.entries()) {
        const clumsy = await world.join(`clumsy-${index}`);
        await clumsy.says(frame, { type: 'OFFER', dst: alice.id, payload: frame });
        await alice.hears({ type: 'OFFER', src: clumsy.id, dst: alice.id, payload: frame });
        await world.nothingMore(clumsy);
        await clumsy.closes();
      }
      await world.nothingMore(alice);
    },
  },
  {
    name: 'a dst that is no text is the id of nobody: its sender gets EXPIRE, and stays',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      for (const dst of [12345, { id: 'bob' }, ['bob']]) {
        await world.whileWaiting(async () => {
          // One: of two equal objects the official server makes two queues, which may expire apart.
          await alice.says({ type: 'OFFER', dst });
          await alice.hears({ type: 'EXPIRE', src: dst, dst: alice.id });
        });
      }
      await alice.says({ type: 'OFFER', dst: bob.id });
      await bob.hears({ type: 'OFFER', src: alice.id, dst: bob.id });
      await world.nothingMore(alice, bob);
    },
  },
  {
    name: 'the heartbeat of PeerJS is answered with a LEAVE that names nobody',
    difference: 'an answered heartbeat wakes nobody on Cloudflare',
    async tell(world) {
      const alice = await world.join('alice');
      await alice.says('{"type":"HEARTBEAT"}');
      await world.differs({
        official: async () => {},
        ours: () => alice.hears({ type: 'LEAVE' }),
      });
      await world.nothingMore(alice);
    },
  },
  {
    name: 'a heartbeat of another spelling is taken in silence, whomever it names',
    async tell(world) {
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      await alice.says(
        '{"type": "HEARTBEAT"}',
        '{"type":"HEARTBEAT","payload":{"type":"","connectionId":""},"src":""}',
        new TextEncoder().encode('{"type":"HEARTBEAT"}'),
        { type: 'HEARTBEAT', dst: bob.id },
      );
      await world.nothingMore(alice, bob);
    },
  },
];
