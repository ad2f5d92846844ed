import { SignJWT } from 'jose';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import {
  come,
  enter,
  loadKit,
  openKitPage,
  say,
  untilHeard,
  untilLinked,
  viewOf,
} from '../support/browser/kitPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { useKitSite } from '../support/browser/useKitSite.ts';
import { useServer } from '../support/servers.ts';

// The kit where tokens are signed.

const SECRET = 'a secret of at least thirty-two characters';

const origin = useServer({ JWT_SECRET: SECRET });
const context = useContext();
const site = useKitSite();

function openPage(): Promise<Page> {
  return openKitPage(context(), site(), origin());
}

/** Signs a token for an id, or for any. */
function sign(sub?: string): Promise<string> {
  return new SignJWT(sub === undefined ? {} : { sub, name: 'Zoë 🎲' })
    .setProtectedHeader({ alg: 'HS256' })
    .setJti(crypto.randomUUID())
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
}

it('in a room that nobody made, a player has the id of its token, also after a reload with the next token', async () => {
  const [ann, bob, cid] = await Promise.all([openPage(), openPage(), openPage()]);
  const join = async (page: Page, name?: string) =>
    enter(page, {
      where: { token: await sign(name?.toLowerCase()) },
      code: 'signed',
      profile: name === undefined ? {} : { name },
    });
  expect(await join(ann, 'Ann')).toBe('ann');
  expect(await join(bob, 'Bob')).toBe('bob');
  expect(await join(cid)).toMatch(/^kit-/);
  await Promise.all([ann, bob, cid].map((page) => untilLinked(page, 2)));
  expect((await viewOf(cid)).names).toEqual(['Ann', 'Bob', '']);

  await bob.reload();
  await loadKit(bob, origin());
  expect(await join(bob, 'Bob')).toBe('bob');
  await say(bob, 'back');
  await Promise.all([ann, cid].map((page) => untilHeard(page, 'back')));
});

it.each([
  ['that nobody made', {}],
  ['with a code', { game: 'pong' }],
])(
  'in a room %s, the second tab of a player takes its place, and the first is out',
  async (_, place) => {
    const [first, second] = [await openPage(), await openPage()];
    const here = async () => ({ ...place, token: await sign('ann') });
    const code = 'game' in place ? (await come(first, 'createRoom', await here())).code : 'table';
    if (!('game' in place)) await enter(first, { where: await here(), code });
    await enter(second, { where: await here(), code });
    await first.waitForFunction(() => window.room.status === 'left');
    expect(await first.evaluate(() => window.happened)).toContain('status left id-taken');
    expect(await viewOf(second)).toMatchObject({ selfId: 'ann', hostId: 'ann', status: 'online' });

    // Nothing of the first is left that would take the place back.
    const bob = await openPage();
    await enter(bob, { where: { ...place, token: await sign('bob') }, code });
    await untilLinked(second, 1);
    expect(await second.evaluate(() => window.happened)).not.toContain('status reconnecting');
  },
);

it('a token for what can be no id rejects with invalid-id', async () => {
  const page = await openPage();
  const where = { token: await sign('ann@game.example') };
  await expect(enter(page, { where, code: 'signed' })).rejects.toThrow('invalid-id: ');
});
