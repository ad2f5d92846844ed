import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { refused } from '../room/ManagedRooms.ts';
import type { Runtime } from '../room/Runtime.ts';
import { parseSettings } from '../settings.ts';
import { createRoom } from './managedRooms.ts';

/** A server whose directory gives these codes, of which some are in use. @returns the codes that it tried, and its answer. */
async function make(codes: readonly string[], inUse: readonly string[]) {
  const tried: string[] = [];
  const runtime = {
    settings: parseSettings({ LOG_LEVEL: 'off' }),
    address: { client: undefined, socket: '127.0.0.1' },
    directories: { newCode: async () => codes[tried.length] },
    managedRooms: {
      async create(
        { game, code }: { game: string; code: string },
        room: object,
        { id }: { id: string },
      ) {
        tried.push(code);
        if (inUse.includes(code)) return refused('code-in-use');
        return { value: { id, rejoined: false, room: { game, code, ...room, peers: [] } } };
      },
    },
    countSeatRefusal() {},
  } as unknown as Runtime;
  const app = new Hono<{ Variables: { runtime: Runtime } }>();
  app.use((context, next) => {
    context.set('runtime', runtime);
    return next();
  });
  app.post('/:key/games/:game/rooms', (context) => createRoom(context, runtime));
  const response = await app.request('/peerjs/games/pong/rooms', { method: 'POST' });
  return { tried, status: response.status, answer: await response.json() };
}

it('a room gets another code where peers are in a room of the first, which nobody made', async () => {
  const { tried, status, answer } = await make(['kumora', 'bajito', 'sofuru'], ['kumora']);
  expect(tried).toEqual(['kumora', 'bajito']);
  expect(status).toBe(201);
  expect(answer).toMatchObject({ room: { code: 'bajito' } });
});

it('a room is refused where five codes are in use, one after the other', async () => {
  const codes = ['kumora', 'bajito', 'sofuru', 'timaka', 'rujabo', 'fatoki'];
  const { tried, status, answer } = await make(codes, codes);
  expect(tried).toEqual(codes.slice(0, 5));
  expect(status).toBe(409);
  expect(answer).toMatchObject({ error: { type: 'code-in-use' } });
});
