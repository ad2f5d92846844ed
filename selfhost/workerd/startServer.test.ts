import { expect, it } from 'vitest';
import { settingsFrom, startServer } from './startServer.ts';

it('takes a number and a list in wrangler.jsonc as the deployed Worker does, and the environment first', () => {
  const vars = { MAX_PEERS_PER_ROOM: 8, MAX_ROOM_SIZE: 16, ALLOWED_ORIGINS: ['null', 'file://'] };
  expect(settingsFrom({ vars }, { MAX_ROOM_SIZE: '20', HOME: '/root' })).toEqual({
    MAX_PEERS_PER_ROOM: '8',
    MAX_ROOM_SIZE: '20',
    ALLOWED_ORIGINS: 'null,file://',
  });
});

it('starts by what was read of wrangler.jsonc before, and does not read it again', async () => {
  const read = {
    compatibility_date: '2026-01-01',
    durable_objects: { bindings: [] },
    vars: { MAX_ROOM_SIZE: 'many' },
  };
  await expect(startServer({ host: '127.0.0.1', port: 0, environment: {} }, read)).rejects.toThrow(
    'MAX_ROOM_SIZE',
  );
});
