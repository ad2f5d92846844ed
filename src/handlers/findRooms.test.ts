import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { refused } from '../room/ManagedRooms.ts';
import type { Runtime } from '../room/Runtime.ts';
import { parseSettings } from '../settings.ts';
import { match } from './findRooms.ts';

it('a match is another room where the first is full by then, and never one that was tried', async () => {
  const asked: (readonly string[])[] = [];
  const runtime = {
    settings: parseSettings({ LOG_LEVEL: 'off' }),
    address: { client: undefined, socket: '127.0.0.1' },
    directories: {
      async match(_: string, { except }: { except: readonly string[] }) {
        asked.push([...except]);
        return ['kumora', 'bajito', 'sofuru'][except.length];
      },
    },
    managedRooms: {
      async takeMatchedSeat({ game, code }: { game: string; code: string }, room: object) {
        if (code !== 'sofuru') return refused('room-full');
        return { value: { id: 'ann', rejoined: false, room: { game, code, ...room, peers: [] } } };
      },
    },
  } as unknown as Runtime;
  const app = new Hono();
  app.post('/:key/games/:game/match', (context) => match(context, runtime));
  const response = await app.request('/peerjs/games/pong/match', { method: 'POST' });
  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({ room: { code: 'sofuru' } });
  expect(asked).toEqual([[], ['kumora'], ['kumora', 'bajito']]);
});
