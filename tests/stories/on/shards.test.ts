import { describe } from 'vitest';
import { tellStories, useServersOfStories } from '../overSockets.ts';

describe('this server with realms of 16 shards', () => {
  tellStories('ours', useServersOfStories({ REALM_SHARDS: '16' }, 'workerd'));
});
