import { expect, it } from 'vitest';
import { settingsFrom } from './startServer.ts';

it('takes a number and a list in wrangler.jsonc as the deployed Worker does, and the environment first', () => {
  const vars = { MAX_PEERS_PER_ROOM: 8, MAX_ROOM_SIZE: 16, ALLOWED_ORIGINS: ['null', 'file://'] };
  expect(settingsFrom({ vars }, { MAX_ROOM_SIZE: '20', HOME: '/root' })).toEqual({
    MAX_PEERS_PER_ROOM: '8',
    MAX_ROOM_SIZE: '20',
    ALLOWED_ORIGINS: 'null,file://',
  });
});
