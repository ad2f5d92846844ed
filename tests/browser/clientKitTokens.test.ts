import { SignJWT } from 'jose';
import type { Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { untilTrue } from '../support/browser/browser.ts';
import {
  come,
  enter,
  happened,
  loadKit,
  openKitPage,
  say,
  untilHappened,
  untilHeard,
  untilLinked,
  viewOf,
} from '../support/browser/kitPage.ts';
import { useContext } from '../support/browser/tabs.ts';
import { TcpProxy } from '../support/browser/tcpProxy.ts';
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
    const [first, second, bob] = [await openPage(), await openPage(), await openPage()];
    const here = async (name: string) => ({ ...place, token: await sign(name) });
    const isMade = 'game' in place;
    const code = isMade ? (await come(first, 'createRoom', await here('ann'))).code : 'table';
    if (!isMade) await enter(first, { where: await here('ann'), code });
    await enter(bob, { where: await here('bob'), code });
    await untilLinked(first, 1);

    await enter(second, { where: await here('ann'), code });
    await untilTrue(first, () => window.room.status === 'left');
    expect(await first.evaluate(() => window.happened)).toContain('status left id-taken');
    await Promise.all([bob, second].map((page) => untilLinked(page, 1)));
    await say(second, 'it is me');
    await untilHeard(bob, 'it is me');
    expect(await viewOf(second)).toMatchObject({ selfId: 'ann', status: 'online' });
    expect(await second.evaluate(() => window.happened)).not.toContain('status reconnecting');
  },
);

it('a function for the token is asked each time before the player comes, and again where it fails', async () => {
  const proxy = await TcpProxy.start(Number(new URL(origin()).port));
  onTestFinished(() => proxy.close());
  const [ann, bob] = [await openPage(), await openPage()];
  const used: (string | null)[] = [];
  ann.on('websocket', (socket) => used.push(new URL(socket.url()).searchParams.get('token')));
  const tokens = [await sign('ann'), await sign('ann')];
  await ann.evaluate(
    async ([server, first, next]) => {
      const answers = [first, undefined, next];
      const token = async () => answers.shift() ?? Promise.reject(new Error('away for a moment'));
      const where = { server, game: 'pong', token };
      window.room = await window.kit.createRoom(where, { name: 'Ann' });
      window.say = window.room.makeAction('say');
      window.room.on('status', (status) => window.happened.push(`status ${status}`));
    },
    [`http://127.0.0.1:${proxy.port}`, ...tokens] as const,
  );
  const code = await ann.evaluate(() => window.room.code);
  await enter(bob, { where: { game: 'pong', token: await sign('bob') }, code });
  await Promise.all([ann, bob].map((page) => untilLinked(page, 1)));
  proxy.reset();
  await untilHappened(ann, 'status online');
  expect(used).toEqual(tokens);
  await say(ann, 'with another token');
  await untilHeard(bob, 'with another token');
  expect(await happened(bob)).not.toContain('peerleave ann');
  // The page is the same, so the role is.
  for (const page of [ann, bob]) expect(await viewOf(page)).toMatchObject({ hostId: 'ann' });
});

it('the list of public rooms is asked for with the token too', async () => {
  const [ann, bob] = [await openPage(), await openPage()];
  const where = async (name: string) => ({ game: 'listed', token: await sign(name) });
  const { code } = await come(ann, 'createRoom', await where('ann'), {
    public: true,
    meta: { mode: 'chess' },
  });
  const list = async (mode: string) =>
    bob.evaluate(
      ([where, query]) => {
        const token = async () => where.token;
        return window.kit.listRooms({ ...where, token }, query);
      },
      [await where('bob'), { 'meta.mode': mode }] as const,
    );
  await expect.poll(() => list('chess')).toMatchObject([{ code }]);
  expect(await list('draughts')).toEqual([]);
});

it('a function that gives no token rejects with no-token, and its own reason', async () => {
  const page = await openPage();
  const rejection = page.evaluate(() =>
    window.kit
      .joinRoom({ token: () => Promise.reject(new Error('signed out')) }, 'signed')
      .catch(({ type, message }) => [type, message]),
  );
  expect(await rejection).toEqual(['no-token', 'Your function gives no token: Error: signed out']);
});

it('a token for what can be no id rejects with invalid-id', async () => {
  const page = await openPage();
  const where = { token: await sign('ann@game.example') };
  await expect(enter(page, { where, code: 'signed' })).rejects.toThrow('invalid-id: ');
});
