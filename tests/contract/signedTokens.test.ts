import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../selfhost/startServer.ts';
import { useServer } from '../support/servers.ts';
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

  it('keeps an id that is signed for its subject from others, in its grace too', async () => {
    const path = '/room/grace';
    const watcher = await TestPeer.open(origin(), { path, token: await sign() });
    const token = await sign({ sub: 'erin' });
    const erin = await TestPeer.open(origin(), { path, id: 'erin', token });
    const claim = async () => new TestPeer(origin(), { path, id: 'erin', token: await sign() });
    expect(await (await claim()).next()).toEqual(ID_TAKEN);

    await erin.close();
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

describe('with JWT_JWKS_URL', () => {
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let server: RunningServer;
  let isUp = true;
  const issuer = createServer(async (_, response) => {
    if (!isUp) {
      response.writeHead(500).end();
      return;
    }
    const key = { ...(await exportJWK(keys.publicKey)), alg: 'ES256', kid: 'one' };
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [key] }));
  });
  beforeAll(async () => {
    keys = await generateKeyPair('ES256');
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    const { port } = issuer.address() as AddressInfo;
    const environment = { JWT_JWKS_URL: `http://localhost:${port}/keys.json` };
    server = await startServer({ host: '127.0.0.1', port: 0, environment, output: 'ignore' });
  });
  afterAll(async () => {
    await server.stop();
    issuer.close();
  });
  const token = () =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setExpirationTime('1h')
      .sign(keys.privateKey);

  it('closes with "try again later" while the keys cannot be had', async () => {
    isUp = false;
    const peer = new TestPeer(`http://127.0.0.1:${server.port}`, { token: await token() });
    expect((await peer.untilClosed()).code).toBe(1013);
    expect(peer.frames).toEqual([]);
    isUp = true;
  });

  it('lets in a peer whose token is signed with the published key', async () => {
    await TestPeer.open(`http://127.0.0.1:${server.port}`, { token: await token() });
  });

  it('turns away a token that is signed with the public key as if it were a secret', async () => {
    const forged = await sign({}, '1h', JSON.stringify(await exportJWK(keys.publicKey)));
    const peer = new TestPeer(`http://127.0.0.1:${server.port}`, { token: forged });
    expect(await peer.next()).toEqual(INVALID);
  });
});
