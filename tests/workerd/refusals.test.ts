import { listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PeerOptions } from '../support/framePeer.ts';
import { WorkerPeer } from '../support/workerPeer.ts';

/** Asserts that a peer is told in a frame why it is turned away, and that its socket is closed then. */
async function expectRefused(options: PeerOptions, type: string, msg: RegExp): Promise<void> {
  const peer = await WorkerPeer.connect(options);
  expect(await peer.next()).toEqual({
    type: 'ERROR',
    payload: { msg: expect.stringMatching(msg), type },
  });
  expect(await peer.untilClosed()).toEqual({ code: 1008, reason: type });
  expect(peer.pending).toEqual([]);
}

async function coordinators(): Promise<string[]> {
  return (await listDurableObjectIds(env.COORDINATORS)).map(String).sort();
}

// These are decided in the Worker. The last test of this group proves that they were.
describe('turns away before any coordinator is touched', () => {
  let before: readonly string[] = [];
  beforeAll(async () => {
    before = await coordinators();
  });

  const missing = /^No id, token, or key supplied to websocket server$/;
  it.each([
    ['no id', 'key=peerjs&token=t'],
    ['an empty id', 'key=peerjs&id=&token=t'],
    ['no token', 'key=peerjs&id=ann'],
    ['an empty token', 'key=peerjs&id=ann&token='],
    ['no key', 'id=ann&token=t'],
    ['an empty key', 'key=&id=ann&token=t'],
    ['nothing at all', ''],
  ])('a peer with %s', async (_, query) => {
    await expectRefused({ query }, 'missing-parameters', missing);
  });

  it.each(['wrong', 'PEERJS', 'peerjs '])('a peer with the wrong key %j', async (key) => {
    const query = String(new URLSearchParams({ key, id: 'ann', token: 't' }));
    await expectRefused({ query }, 'invalid-key', /^Invalid key provided$/);
  });

  it.each([
    ['that is too long', 'a'.repeat(513)],
    ['that is blank', '  '],
    ['with a character without a width', 'an\u200bn'],
    ['with a control of writing direction', 'an\u202en'],
    ['with a line break', 'an\nn'],
    ['with a null character', 'ann\u0000'],
    ['with a control character beyond ASCII', 'ann\u0085'],
  ])('an id %s', async (_, id) => {
    await expectRefused({ id }, 'invalid-id', /^Invalid id: /);
  });

  it('a token that is too long', async () => {
    await expectRefused({ token: 'a'.repeat(4097) }, 'invalid-token', /^Invalid token provided$/);
  });

  it.each([
    ['without a name', '/room'],
    ['with an empty name', '/room//'],
    ['with a name that is too long', `/room/${'a'.repeat(129)}`],
    ['with a blank name', '/room/%20'],
    ['with a character without a width in its name', '/room/a%E2%80%8Bb'],
    ['with a control of writing direction in its name', '/room/a%E2%80%AEb'],
    ['with a line break in its name', '/room/a%0Ab'],
    ['with a null character in its name', '/room/%00'],
    ['with a name that is not UTF-8', '/room/%ff'],
    ['with a name that is badly encoded', '/room/50%'],
  ])('a room %s', async (_, path) => {
    await expectRefused({ path }, 'invalid-path', /^Invalid path: /);
  });

  it('a realm with an invalid name', async () => {
    await expectRefused({ path: `/${'a'.repeat(129)}` }, 'invalid-path', /^Invalid path: /);
  });

  it('and so no coordinator is made, until a peer is let in', async () => {
    expect(await coordinators()).toEqual(before);
    const path = '/room/of-the-first';
    await WorkerPeer.open({ path });
    const made = (await coordinators()).filter((id) => !before.includes(id));
    expect(made).toEqual([String(env.COORDINATORS.idFromName(path))]);
  });
});

describe('lets in', () => {
  it.each([
    ['an id of 512 characters', { id: 'a'.repeat(512) }],
    ['an id with spaces, slashes and signs', { id: ' a/b?c&d=e#f%20 ' }],
    ['an id beyond ASCII', { id: 'Zoë 日本 🎲' }],
    ['a token of 4,096 characters', { token: 'a'.repeat(4096) }],
    [
      'a token of 4,096 characters beyond ASCII, with such an id',
      {
        id: '日'.repeat(512),
        token: '日'.repeat(4096),
      },
    ],
    ['a room name of 128 characters', { path: `/room/${'a'.repeat(128)}` }],
    ['a room name of 128 characters beyond ASCII', { path: `/room/${'日'.repeat(128)}` }],
    [
      'a room name of 128 characters that a path has to encode',
      { path: `/room/${'%25'.repeat(128)}` },
    ],
    ['a deep realm', { path: '/a/b/c/d/e/f' }],
    ['a path with a slash at its end', { path: '/room/slash/' }],
  ])('%s', async (_, options) => {
    const peer = await WorkerPeer.open(options);
    await peer.settle();
  });
});

describe('one place', () => {
  it.each([
    ['with and without a slash at the end', '/room/one', '/room/one/'],
    ['with double slashes', '/room/two', '//room//two'],
    ['with its name encoded and not', '/room/table%207', '/room/t%61ble 7'],
    ['with its accents in one piece and not', '/room/Zo%C3%AB', '/room/Zoe%CC%88'],
    ['of several parts', '/room/my-game/table-7', '/room/my-game//table-7/'],
    ['with an encoded slash in lower and upper case', '/room/a%2fb', '/room/a%2Fb'],
  ])('%s', async (_, path, otherPath) => {
    const ann = await WorkerPeer.open({ path });
    const bob = await WorkerPeer.open({ path: otherPath });
    ann.send({ type: 'OFFER', dst: bob.id });
    expect(await bob.next()).toMatchObject({ type: 'OFFER', src: ann.id });
  });
});

it('lets no message out of its place, whatever ids exist elsewhere', async () => {
  const paths = ['/', '/room', '/room/a', '/room/b', '/room/a/b', '/room/a%2Fb', '/rooms/a'];
  const everywhere = await Promise.all(
    paths
      .filter((path) => path !== '/room')
      .map((path) => WorkerPeer.open({ path: `${path}`, id: 'bob' })),
  );
  const ann = await WorkerPeer.open({ path: '/room/a', id: 'ann' });
  ann.send({ type: 'OFFER', dst: 'bob', payload: 'for the bob of this room' });
  await ann.settle();

  const got = [];
  for (const bob of everywhere) {
    await bob.settle();
    got.push(bob.pending.length);
  }
  expect(got).toEqual([0, 1, 0, 0, 0, 0]);
});
