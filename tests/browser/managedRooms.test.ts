import type { PeerJSOption } from 'peerjs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PageServer, startPageServer } from '../support/browser/pageServer.ts';
import { connect, destroy, events, openPeer, waitForEvent } from '../support/browser/peerPage.ts';
import { useTabs } from '../support/browser/tabs.ts';
import { useServer } from '../support/servers.ts';

// Rooms made by HTTP, with nothing in the page but `fetch` and the stock client.

const origin = useServer();

const openTab = useTabs();

/** It takes 22 to 105 ms, with the request and all that the test asks the pages: a machine may be busy. */
const SOON_MS = 5000;

interface Seat {
  readonly id: string;
  readonly options: PeerJSOption & { readonly token: string };
  readonly room: { readonly code: string; readonly host: string };
}

interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** Asks the server as a page does, which is of another origin. */
function ask<T>(
  page: Page,
  method: string,
  below: string,
  body: object = {},
  token = '',
): Promise<Answer<T>> {
  const url = `${origin()}/peerjs/games/pong/rooms${below}`;
  return page.evaluate(
    async (request) => {
      const response = await fetch(request.url, {
        method: request.method,
        headers: {
          'Content-Type': 'application/json',
          ...(request.token !== '' && { Authorization: `Bearer ${request.token}` }),
        },
        body: request.body,
      });
      return { status: response.status, body: await response.json() };
    },
    { url, method, body: JSON.stringify(body), token },
  );
}

/** Takes a seat in a tab, and opens its peer with what the answer says. */
async function player(page: Page, below: string, body: object): Promise<Seat> {
  const { status, body: seat } = await ask<Seat>(page, 'POST', below, body);
  expect(status).toBe(201);
  // Nothing is asked for addresses on one machine.
  const options = { ...seat.options, config: { iceServers: [] } };
  expect(await openPeer(page, { id: seat.id, options })).toBe(seat.id);
  return seat;
}

describe.each(['peerjs-1.3', 'peerjs-1.4', 'peerjs'])('with the stock client %s', (version) => {
  let pages: PageServer;
  beforeAll(async () => {
    pages = await startPageServer(version);
  }, 120_000);
  afterAll(() => pages?.close());

  it('friends meet by a code and a password, and a player whom the host removes is out at once', async () => {
    const [anns, bobs, cids] = await Promise.all([openTab(pages), openTab(pages), openTab(pages)]);
    const ann = await player(anns, '', { name: 'Ann', password: 'moon' });
    const seats = `/${ann.room.code}/seats`;
    const refused = await ask<{ error: { type: string } }>(bobs, 'POST', seats, {
      password: 'sun',
    });
    expect([refused.status, refused.body.error.type]).toEqual([403, 'wrong-password']);
    const bob = await player(bobs, seats, { name: 'Bob', password: 'moon' });
    expect(bob.room.host).toBe(ann.id);
    const cid = await player(cids, seats, { password: 'moon' });
    await connect(bobs, bob.room.host);
    await connect(cids, ann.id);
    await connect(cids, bob.id);

    const change = (body: object) =>
      ask(anns, 'PATCH', `/${ann.room.code}`, body, ann.options.token);
    const before = (await events(anns)).length;
    const start = Date.now();
    expect((await change({ kick: bob.id })).status).toBe(200);
    for (const page of [anns, cids]) {
      await waitForEvent(page, { type: 'connection-close', peer: bob.id });
    }
    expect(Date.now() - start).toBeLessThan(SOON_MS);
    await waitForEvent(bobs, { type: 'error', errorType: 'server-error' });
    // Nobody else has lost anybody.
    const closed = (await events(anns))
      .slice(before)
      .filter(({ type }) => type === 'connection-close');
    expect(closed).toMatchObject([{ peer: bob.id }]);
    expect(await events(cids)).not.toContainEqual(
      expect.objectContaining({ type: 'connection-close', peer: ann.id }),
    );

    await destroy(bobs);
    const again = { id: bob.id, options: { ...bob.options, config: { iceServers: [] } } };
    await expect(openPeer(bobs, again)).rejects.toThrow('The host of the room has removed you');
    const anew = await player(bobs, seats, { name: 'Bob', password: 'moon' });
    await connect(bobs, cid.id);
    expect((await change({ ban: anew.id })).status).toBe(200);
    await waitForEvent(cids, { type: 'connection-close', peer: anew.id });
    const banned = await ask<{ error: { type: string } }>(bobs, 'POST', seats, {
      password: 'moon',
      token: anew.options.token,
    });
    expect([banned.status, banned.body.error.type]).toEqual([403, 'banned']);
  });
});
