import { describe } from 'vitest';
import { tellStories, useServersOfStories } from '../overSockets.ts';

describe('this server on Node', () => {
  tellStories('ours', useServersOfStories({}, 'Node'));
});
