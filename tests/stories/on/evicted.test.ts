import { evictDurableObject, listDurableObjectIds } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { WorkerPeer } from '../../support/workerPeer.ts';
import { stories } from '../stories.ts';
import { type ServerUnderTest, World } from '../world.ts';

let evictions = 0;

/**
 * The server inside this workerd. Before each step of a story every coordinator and directory
 * loses its memory, as it does when it hibernates: its sockets stay open, and all else has to be found on them.
 */
const server: ServerUnderTest = {
  kind: 'ours',
  path: '/my/app',
  connect: (url, id, token, protocols) => WorkerPeer.connect({ url, id, token, protocols }),
  fetch: (url, init) => exports.default.fetch(new Request(`http://localhost${url}`, init)),
  async beforeStep() {
    await evictAll(env.COORDINATORS);
    await evictAll(env.DIRECTORIES);
  },
};

async function evictAll(namespace: DurableObjectNamespace): Promise<void> {
  for (const id of await listDurableObjectIds(namespace)) {
    try {
      await evictDurableObject(namespace.get(id));
      evictions += 1;
    } catch (error) {
      // It has no memory to lose.
      if (!String(error).includes('not currently running')) throw error;
    }
  }
}

/** Listing is on here; where it is off, no coordinator is asked. Sockets here cannot stop reading. */
const told = stories.filter((story) => story.discovery !== 'off' && !story.stopsReading);

describe('with an eviction before each step', () => {
  for (const story of told) it(story.name, () => World.play(story, server));

  it('there were evictions', () => expect(evictions).toBeGreaterThan(told.length));
});
