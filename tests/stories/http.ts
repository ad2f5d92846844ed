import { expect } from 'vitest';
import type { Story } from './world.ts';

const ORIGIN = 'https://game.example';
const FROM_A_PAGE = { headers: { Origin: ORIGIN } };
/** What every answer to a page of `ORIGIN` says. */
const CORS = { 'access-control-allow-origin': ORIGIN, vary: 'Origin' };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const INFO = {
  name: 'PeerJS Server',
  description: 'A server side element to broker connections between PeerJS clients.',
  website: 'https://peerjs.com/',
};

/** What is asked over HTTP, from pages of other origins too. */
export const http: Story[] = [
  {
    name: 'GET {path}/{key}/id gives a new UUID, under any key',
    async tell(world) {
      const ids = new Set();
      for (const below of [
        '/peerjs/id',
        '/another-key/id',
        '/peerjs/id/',
        '/peerjs/id?ts=17.4&version=1.5.5',
      ]) {
        const { status, body, cors } = await world.http(world.url(below), FROM_A_PAGE);
        expect({ status, cors }).toEqual({ status: 200, cors: CORS });
        expect(body).toMatch(UUID);
        ids.add(body);
      }
      expect(ids.size).toBe(4);
    },
  },
  {
    name: 'an answer allows the origin that asked, whichever it is',
    async tell(world) {
      const url = world.url('/peerjs/id');
      expect((await world.http(url)).cors).toEqual({ vary: 'Origin' });
      const { cors } = await world.http(url, { headers: { Origin: 'null' } });
      expect(cors).toEqual({ 'access-control-allow-origin': 'null', vary: 'Origin' });
    },
  },
  {
    name: 'a preflight allows every method and every header that is asked for',
    async tell(world) {
      const answer = await world.http(world.url('/peerjs/id'), {
        method: 'OPTIONS',
        headers: {
          Origin: ORIGIN,
          'Access-Control-Request-Method': 'GET',
          'Access-Control-Request-Headers': 'authorization,x-game',
        },
      });
      expect(answer).toMatchObject({ status: 204, body: '' });
      expect(answer.cors).toEqual({
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
        'access-control-allow-headers': 'authorization,x-game',
        vary: 'Origin, Access-Control-Request-Headers',
      });
    },
  },
  {
    name: 'GET {path}/{key}/peers is 401 where listing is off',
    discovery: 'off',
    async tell(world) {
      for (const below of ['/peerjs/peers', '/another-key/peers']) {
        const answer = await world.http(world.url(below), FROM_A_PAGE);
        expect(answer).toMatchObject({ status: 401, body: 'Unauthorized', cors: CORS });
      }
    },
  },
  {
    name: 'GET {path}/{key}/peers lists who is connected where listing is on, under any key',
    discovery: 'on',
    async tell(world) {
      const list = async (key: string) => {
        const answer = await world.http(world.url(`/${key}/peers`), FROM_A_PAGE);
        expect(answer).toMatchObject({ status: 200, cors: CORS });
        expect(answer.contentType).toContain('application/json');
        return (JSON.parse(answer.body) as string[]).sort();
      };
      expect(await list('peerjs')).toEqual([]);
      const alice = await world.join('alice');
      const bob = await world.join('bob');
      expect(await list('peerjs')).toEqual([alice.id, bob.id]);
      expect(await list('another-key')).toEqual([alice.id, bob.id]);
      await bob.says({ type: 'LEAVE' });
      await bob.closes();
      expect(await list('peerjs')).toEqual([alice.id]);
    },
  },
  {
    name: 'with a custom path everything is beneath it',
    discovery: 'on',
    async tell(world) {
      expect(world.path).toBe('/my/app');
      const alice = await world.join('alice', { path: '/my/app' });
      expect((await world.http('/my/app/peerjs/id')).body).toMatch(UUID);
      const peers = await world.http('/my/app/peerjs/peers');
      expect(JSON.parse(peers.body)).toEqual([alice.id]);
    },
  },
  {
    name: 'every path is a realm of its own',
    difference: 'one deployment serves any number of games',
    discovery: 'on',
    async tell(world) {
      const alice = await world.join('alice');
      const elsewhere = await world.connect('bob', { path: '/another/game' });
      const id = await world.http('/another/game/peerjs/id');
      await world.differs({
        async official() {
          await elsewhere.isClosed({ code: 1006, reason: '' });
          expect(id.status).toBe(404);
        },
        async ours() {
          await elsewhere.hears({ type: 'OPEN' });
          expect(id.status).toBe(200);
          await elsewhere.says({ type: 'CANDIDATE', dst: alice.id });
          await elsewhere.peer.settle();
        },
      });
      await world.nothingMore(alice);
    },
  },
  {
    name: 'a doubled slash in a path is one slash',
    difference: 'the Android client asks for //peerjs',
    async tell(world) {
      const alice = await world.connect('alice', { socketPath: world.url('//peerjs') });
      const { status } = await world.http(world.url('//peerjs/id'));
      await world.differs({
        async official() {
          await alice.isClosed({ code: 1006, reason: '' });
          expect(status).toBe(404);
        },
        async ours() {
          await alice.hears({ type: 'OPEN' });
          expect(status).toBe(200);
        },
      });
    },
  },
  {
    name: 'an id comes as plain text that no cache keeps',
    difference: 'it is new each time, and not HTML',
    async tell(world) {
      const { contentType, cacheControl } = await world.http(world.url('/peerjs/id'));
      const kind = { contentType, cacheControl };
      await world.differs({
        async official() {
          expect(kind).toEqual({ contentType: 'text/html; charset=utf-8', cacheControl: null });
        },
        async ours() {
          expect(kind).toEqual({
            contentType: 'text/plain; charset=UTF-8',
            cacheControl: 'no-store',
          });
        },
      });
    },
  },
  {
    name: 'GET / also has the name and version of this software',
    difference: 'an operator wants to know',
    discovery: 'off',
    async tell(world) {
      const { status, body, cors } = await world.http('/', FROM_A_PAGE);
      expect(status).toBe(200);
      const info = JSON.parse(body);
      await world.differs({
        async official() {
          expect(cors).toEqual(CORS);
          expect(info).toEqual(INFO);
        },
        async ours() {
          expect(cors).toEqual({ ...CORS, vary: 'Accept, Origin' });
          expect(info).toMatchObject({ ...INFO, software: expect.any(String) });
          expect(info.version).toMatch(/^\d+\.\d+\.\d+/);
        },
      });
    },
  },
  {
    name: 'an unknown path gets 404 in JSON, that of a realm itself too',
    difference: 'programs read JSON',
    discovery: 'on',
    async tell(world) {
      const nothing = await world.http(world.url('/nothing'), FROM_A_PAGE);
      const posted = await world.http(world.url('/peerjs/id'), { ...FROM_A_PAGE, method: 'POST' });
      const itself = await world.http(world.path, FROM_A_PAGE);
      for (const answer of [nothing, posted]) {
        expect(answer).toMatchObject({ status: 404, cors: CORS });
        await world.differs({
          official: async () => expect(answer.contentType).toBe('text/html; charset=utf-8'),
          ours: async () => expect(JSON.parse(answer.body)).toEqual({ error: 'Not found' }),
        });
      }
      await world.differs({
        official: async () => expect(JSON.parse(itself.body)).toEqual(INFO),
        ours: async () => expect(itself.status).toBe(404),
      });
    },
  },
  {
    name: 'a request to the socket path that is no upgrade gets 426',
    difference: 'it says what is wrong',
    async tell(world) {
      const { status, cors } = await world.http(world.url('/peerjs'), FROM_A_PAGE);
      expect(cors).toEqual(CORS);
      await world.differs({
        official: async () => expect(status).toBe(404),
        ours: async () => expect(status).toBe(426),
      });
    },
  },
];
