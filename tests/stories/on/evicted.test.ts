import { evictDurableObject, listDurableObjectIds } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { FramePeer } from '../../support/framePeer.ts';
import { stories } from '../stories.ts';
import { type ServerUnderTest, World } from '../world.ts';

const ORIGIN = 'http://localhost';

let evictions = 0;

/**
 * The server inside this workerd. Before each step of a story every coordinator and directory
 * loses its memory, as it does when it hibernates: its sockets stay open, and all else has to be found on them.
 */
const server: ServerUnderTest = {
  kind: 'ours',
  path: '/my/app',
  async connect(url, id, token, protocols) {
    const headers = new Headers({ Upgrade: 'websocket' });
    if (protocols.length > 0) headers.set('Sec-WebSocket-Protocol', protocols.join(', '));
    const response = await exports.default.fetch(new Request(`${ORIGIN}${url}`, { headers }));
    expect(response.headers.get('Sec-WebSocket-Protocol')).toBe(protocols[0] ?? null);
    const { webSocket } = response;
    if (webSocket === null) throw new Error(`no socket: ${response.status}`);
    const peer = new FramePeer(webSocket, id, token);
    webSocket.accept();
    return peer;
  },
  fetch: (url, init) => exports.default.fetch(new Request(`${ORIGIN}${url}`, init)),
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
