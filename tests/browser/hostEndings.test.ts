import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { untilTrue } from '../support/browser/browser.ts';
import { HOST_ENDINGS, HostEndings } from '../support/browser/hostEndings.ts';
import { useServer } from '../support/servers.ts';

// Rooms of four whose host ends and comes back. `npm run hosts` plays each of these a hundred times, for
// the table in docs/rooms.md. Whether another host is found at once or after complaints shows there and
// not here, where others may keep the machine busy.

const origin = useServer();

let endings: HostEndings;
beforeAll(async () => {
  endings = await HostEndings.start(Number(new URL(origin()).port));
}, 120_000);
afterAll(() => endings?.close());

describe('the host of a room', { concurrent: true }, () => {
  it.for(HOST_ENDINGS)(
    'is replaced where $name, and the game goes on; it does not get the role by coming back',
    async (ending, { expect }) => {
      const run = await endings.play(ending);
      expect(run).toMatchObject({ isAgreed: true, isKept: true });
      expect(run.wentOnAfter).toBeLessThan(60_000);
    },
  );

  it('stays the host where its socket is lost and it plays on', async ({ expect }) => {
    await endings.withTable({}, async (table) => {
      table.proxy.upstream = undefined;
      table.proxy.reset();
      const [watcher = expect.fail()] = table.others;
      await untilTrue(watcher, () =>
        [...window.room.peers.values()].some(({ id, away }) => away && id === window.room.hostId),
      );
      // For longer than complaints take.
      await sleep(7000);
      table.proxy.upstream = table.port;
      const term = await watcher.evaluate(() => window.room.term);
      for (const page of table.others) {
        expect(await page.evaluate(() => [window.named, window.room.term])).toEqual([[], term]);
      }
    });
  });
});
