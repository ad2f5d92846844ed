import { describe, expect, it } from 'vitest';
import { asyncapi } from '../../support/references.ts';
import { seenMessages } from '../../support/watchWire.ts';
import { tellStories, useServersOfStories } from '../overSockets.ts';

describe('this server', () => {
  tellStories('ours', useServersOfStories({}, 'workerd'));
});

it('the stories have every message of docs/asyncapi.yaml in them', () => {
  expect([...seenMessages()].sort()).toEqual(Object.keys(asyncapi.components.messages).sort());
});
