import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listenHere } from '../support/listenHere.ts';
import { startTestServer, type TestServer, useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

const SECRET = 'a secret of at least thirty-two characters';
const INVALID = {
  type: 'ERROR',
  payload: { msg: 'Invalid token provided', type: 'invalid-token' },
};
const ID_TAKEN = { type: 'ID-TAKEN', payload: { msg: 'ID is taken' } };

let count = 0;
function sign(claims: JWTPayload = {}, expires = '1h', secret = SECRET): Promise<string> {
  count += 1;
  return new SignJWT({ jti: String(count), ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));
}

describe('with JWT_SECRET', () => {
  const origin = useServer({ JWT_SECRET: SECRET });

  it('lets in a peer whose token is signed', async () => {
    await TestPeer.open(origin(), { token: await sign() });
  });

  it.each([
    ['is no JWT', async () => 'abc'],
    ['has expired', () => sign({}, '-1m')],
    ['is signed with another secret', () => sign({}, '1h', `${SECRET}!`)],
    ['is for another id', () => sign({ sub: 'bob' })],
    ['is for another room', () => sign({ room: '/room/other' })],
    [
      'never expires',
      () =>
        new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(SECRET)),
    ],
    [
      'says that it needs no signature',
      async () => {
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
        return `${part({ alg: 'none' })}.${part({ exp: Date.now() })}.`;
      },
    ],
  ])('turns away one whose token %s', async (_, makeToken) => {
    const peer = new TestPeer(origin(), {
      id: 'alice',
      path: '/room/table-7',
      token: await makeToken(),
    });
    expect(await peer.next()).toEqual(INVALID);
    expect(await peer.untilClosed()).toEqual({ code: 1008, reason: 'invalid-token' });
  });

  it('lets in one whose token names its id and its room', async () => {
    const token = await sign({ sub: 'carol', room: '/room/table 8' });
    await TestPeer.open(origin(), { id: 'carol', path: '/room/table%208', token });
  });

  it('gives an id at once to the subject it is signed for', async () => {
    const path = '/room/lost-network';
    const watcher = await TestPeer.open(origin(), { path, token: await sign() });
    const stale = await TestPeer.open(origin(), { path, id: 'dave', token: await sign() });

    const token = await sign({ sub: 'dave' });
    const owner = await TestPeer.open(origin(), { path, id: 'dave', token });
    expect((await stale.untilClosed()).code).toBe(4000);
    // The connections of the stale page are dead, so its friends are told.
    expect(await watcher.next()).toEqual({ type: 'LEAVE', src: 'dave' });

    const later = await sign({ sub: 'dave' });
    await TestPeer.open(origin(), { path, id: 'dave', token: later });
    await owner.untilClosed();
  });

  it.each([
    ['reconnects, as its page does', 'first', []],
    ['is reloaded, as another page comes', 'second', [{ type: 'LEAVE', src: 'fay' }]],
  ])('a player whose token is renewed %s', async (_, page, heard) => {
    const path = `/room/renewed-${page}`;
    const watcher = await TestPeer.open(origin(), { path, token: await sign() });
    const come = async (page: string) =>
      TestPeer.open(origin(), { path, id: 'fay', token: await sign({ sub: 'fay' }), page });
    const before = await come('first');
    before.vanish();
    const after = await come(page);
    after.send({ type: 'OFFER', dst: watcher.id, payload: {} });
    for (const frame of heard) expect(await watcher.next()).toEqual(frame);
    expect(await watcher.next()).toMatchObject({ type: 'OFFER', src: 'fay' });
  });

  it('keeps an id that is signed for its subject from others, in its grace too', async () => {
    const path = '/room/grace';
    const watcher = await TestPeer.open(origin(), { path, token: await sign() });
    const token = await sign({ sub: 'erin' });
    const erin = await TestPeer.open(origin(), { path, id: 'erin', token });
    const claim = async () => new TestPeer(origin(), { path, id: 'erin', token: await sign() });
    expect(await (await claim()).next()).toEqual(ID_TAKEN);

    erin.vanish();
    const listing = await sign();
    await expect
      .poll(async () => (await fetch(`${origin()}${path}/peerjs/peers?token=${listing}`)).json())
      .toHaveLength(1);
    expect(await (await claim()).next()).toEqual(ID_TAKEN);

    await TestPeer.open(origin(), { path, id: 'erin', token: await sign({ sub: 'erin' }) });
    expect(await watcher.next()).toEqual({ type: 'LEAVE', src: 'erin' });
  });

  it('lets nobody claim ownership by a parameter of the socket', async () => {
    const holder = await TestPeer.open(origin(), { token: await sign() });
    const rival = new TestPeer(origin(), {
      query: String(
        new URLSearchParams({
          key: 'peerjs',
          id: holder.id,
          token: await sign(),
          isOwner: 'true',
        }),
      ),
    });
    expect(await rival.next()).toEqual(ID_TAKEN);
  });

  it('guards the list of a room', async () => {
    const path = '/room/listed';
    const peer = await TestPeer.open(origin(), { path, token: await sign() });
    const url = `${origin()}${path}/peerjs/peers`;
    expect((await fetch(url)).status).toBe(401);
    const elsewhere = await sign({ room: '/room/other' });
    expect((await fetch(`${url}?token=${elsewhere}`)).status).toBe(401);

    const token = await sign({ room: path });
    expect(await (await fetch(`${url}?token=${token}`)).json()).toEqual([peer.id]);
    const headers = { Authorization: `Bearer ${token}` };
    expect(await (await fetch(url, { headers })).json()).toEqual([peer.id]);
  });
});

describe('with JWT_AUDIENCE and JWT_ISSUER', () => {
  const names = { JWT_AUDIENCE: 'my-game', JWT_ISSUER: 'https://issuer.example/' };
  const origin = useServer({ JWT_SECRET: SECRET, ...names });

  it.each([
    ['names both', { aud: 'my-game', iss: 'https://issuer.example/' }],
    ['is for others too', { aud: ['shop', 'my-game'], iss: 'https://issuer.example/' }],
  ])('lets in a token that %s', async (_, claims) => {
    await TestPeer.open(origin(), { token: await sign(claims) });
  });

  it.each([
    ['names neither', {}],
    ['is for somebody else', { aud: 'shop', iss: 'https://issuer.example/' }],
    ['is from somebody else', { aud: 'my-game', iss: 'https://evil.example/' }],
    ['does not say from whom it is', { aud: 'my-game' }],
    ['does not say for whom it is', { iss: 'https://issuer.example/' }],
  ])('turns away one that %s', async (_, claims) => {
    const peer = new TestPeer(origin(), { token: await sign(claims) });
    expect(await peer.next()).toEqual(INVALID);
  });
});

describe('with a clock that differs from that of the backend', () => {
  const origin = useServer({ JWT_SECRET: SECRET });
  const second = () => Math.floor(Date.now() / 1000);

  it('a token counts for 20 s after its end and before its beginning', async () => {
    await TestPeer.open(origin(), { token: await sign({}, '-20s') });
    await TestPeer.open(origin(), { token: await sign({ nbf: second() + 20 }) });
  });

  it('but not for a minute', async () => {
    for (const token of [await sign({}, '-60s'), await sign({ nbf: second() + 60 })]) {
      expect(await new TestPeer(origin(), { token }).next()).toEqual(INVALID);
    }
  });
});

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

describe('with JWT_JWKS_URL', () => {
  let one: KeyPair;
  let two: KeyPair;
  let server: TestServer;
  /** What the key server does with a request. */
  let behaves: 'answers' | 'fails' | 'hangs' = 'fails';
  let published: () => [kid: string | undefined, keys: KeyPair][] = () => [['one', one]];
  let requests = 0;
  let keysPort = 0;
  const issuer = createServer(async (_, response) => {
    requests += 1;
    if (behaves === 'hangs') return;
    if (behaves === 'fails') {
      response.writeHead(500).end();
      return;
    }
    const keys = await Promise.all(
      published().map(async ([kid, { publicKey }]) => ({
        ...(await exportJWK(publicKey)),
        alg: 'ES256',
        ...(kid === undefined ? {} : { kid }),
      })),
    );
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys }));
  });
  beforeAll(async () => {
    one = await generateKeyPair('ES256');
    two = await generateKeyPair('ES256');
    keysPort = await listenHere(issuer);
  });
  afterAll(() => {
    issuer.closeAllConnections();
    issuer.close();
  });
  // Each test has a server that has fetched no keys yet.
  beforeEach(async () => {
    behaves = 'answers';
    published = () => [['one', one]];
    requests = 0;
    const environment = { JWT_JWKS_URL: `http://localhost:${keysPort}/keys.json` };
    server = await startTestServer({ host: '127.0.0.1', port: 0, environment, output: 'ignore' });
  });
  afterEach(() => server.stop());

  const token = (keys = one, kid: string | undefined = 'one') =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', ...(kid === undefined ? {} : { kid }) })
      .setExpirationTime('1h')
      .sign(keys.privateKey);
  const withoutKid = async (keys: KeyPair) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'ES256' })
      .setExpirationTime('1h')
      .sign(keys.privateKey);
  const origin = () => `http://127.0.0.1:${server.port}`;
  const connect = (token: string) => new TestPeer(origin(), { token });

  it('closes with "try again later" while the keys cannot be had, and opens once they can', async () => {
    behaves = 'fails';
    const peer = connect(await token());
    expect((await peer.untilClosed()).code).toBe(1013);
    expect(peer.frames).toEqual([]);

    behaves = 'answers';
    const opens = async () => {
      const later = connect(await token());
      return later.next().then(
        ({ type }) => type,
        () => 'closed',
      );
    };
    await expect.poll(opens, { interval: 200 }).toBe('OPEN');
  });

  it('lets in a peer whose token is signed with the published key', async () => {
    await TestPeer.open(origin(), { token: await token() });
  });

  it('turns away a token that is signed with the public key as if it were a secret', async () => {
    const forged = await sign({}, '1h', JSON.stringify(await exportJWK(one.publicKey)));
    expect(await connect(forged).next()).toEqual(INVALID);
  });

  it.each(['fails', 'hangs'] as const)(
    'lets peers in at once by a key that it knows, while the key server %s and others seek new ones',
    async (how) => {
      await TestPeer.open(origin(), { token: await token() });
      behaves = how;
      // Each names a key that nobody knows. They get no ERROR: the key may well be new.
      const strangers = await Promise.all(
        Array.from({ length: 20 }, async () => connect(await token(two, 'two'))),
      );
      const tokens = await Promise.all(Array.from({ length: 20 }, () => token()));
      const start = performance.now();
      await Promise.all(tokens.map((token) => TestPeer.open(origin(), { token })));
      // The strangers wait for 2 s.
      expect(performance.now() - start).toBeLessThan(1900);
      for (const stranger of strangers) expect((await stranger.untilClosed()).code).toBe(1013);
      // The first fetch, and one for all of the strangers.
      expect(requests).toBe(2);
    },
  );

  it('fetches the keys once for all who come before it has any', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => token()));
    await Promise.all(tokens.map((token) => TestPeer.open(origin(), { token })));
    expect(requests).toBe(1);
  });

  it('lets in a peer whose key is newer than the keys it knows', async () => {
    await TestPeer.open(origin(), { token: await token() });
    published = () => [
      ['one', one],
      ['two', two],
    ];
    await TestPeer.open(origin(), { token: await token(two, 'two') });
    expect(requests).toBe(2);
  });

  it('turns away a token of a key that there is not', async () => {
    await TestPeer.open(origin(), { token: await token() });
    expect(await connect(await token(two, 'two')).next()).toEqual(INVALID);
  });

  it('tries every key with a token that names none', async () => {
    published = () => [
      ['one', one],
      ['two', two],
    ];
    await TestPeer.open(origin(), { token: await withoutKid(one) });
    await TestPeer.open(origin(), { token: await withoutKid(two) });
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    expect(await connect(await withoutKid({ privateKey, publicKey })).next()).toEqual(INVALID);
  });

  it('finds a newer key with a token that names none, too', async () => {
    await TestPeer.open(origin(), { token: await withoutKid(one) });
    published = () => [[undefined, two]];
    await TestPeer.open(origin(), { token: await withoutKid(two) });
  });
});
