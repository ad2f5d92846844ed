import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get, request } from 'node:https';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CERTIFICATE } from '../support/certificate.ts';
import { freePort } from '../support/listenHere.ts';
import {
  HAS_IPV6,
  installedProxies,
  type Prefix,
  type ProxyName,
  type RunningProxy,
  startReverseProxy,
} from '../support/reverseProxies.ts';
import { startTestServer, type TestServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

const INSTALLED = installedProxies();
const PREFIXES: readonly Prefix[] = ['strips', 'keeps'];

/** Fewer than by default, so that the test is quick. */
const JOINS = 120;

if (INSTALLED.length === 0) it.skip('behind a reverse proxy: none is installed', () => {});

describe.each(INSTALLED)('behind %s, as its file in deploy/ sets it up', (proxy) => {
  const trusting = useServerBehind(proxy, {
    TRUST_PROXY: 'true',
    JOINS_PER_MINUTE: String(JOINS),
  });
  const trustingNobody = useServerBehind(proxy, {
    TRUST_PROXY: 'false',
    JOINS_PER_MINUTE: String(JOINS),
  });

  it('peers exchange messages through TLS', async () => {
    const options = { path: '/room/table-7', ca: CERTIFICATE };
    const alice = await TestPeer.open(trustingNobody(), options);
    const bob = await TestPeer.open(trustingNobody(), options);
    alice.send({ type: 'OFFER', dst: bob.id, payload: 'sdp' });
    expect(await bob.next()).toEqual({
      type: 'OFFER',
      src: alice.id,
      dst: bob.id,
      payload: 'sdp',
    });
  });

  it.skipIf(!HAS_IPV6)('it is reached by IPv6', async () => {
    const { port } = new URL(trustingNobody());
    // The certificate and the file of Caddy have the name of the machine, and not this address.
    const headers = { Host: `localhost:${port}` };
    const asking = get({ host: '::1', port, servername: 'localhost', headers, ca: CERTIFICATE });
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(200);
  });

  it('its log has no token where the server is away', async ({ onTestFinished }) => {
    const away = await startReverseProxy(proxy, await freePort());
    onTestFinished(() => away.stop());
    const peer = new TestPeer(away.origin, { token: 'not-for-the-log', ca: CERTIFICATE });
    await peer.untilClosed();
    await away.stop();
    expect(away.log).not.toContain('not-for-the-log');
  });

  it('a room that is made through it says that it is reached by TLS, and on which port', async () => {
    const url = new URL('/peerjs/games/pong/rooms', trusting());
    const headers = { 'Content-Type': 'application/json' };
    const making = request(url, { method: 'POST', headers, ca: CERTIFICATE }).end('{}');
    const [answer] = (await once(making, 'response')) as [IncomingMessage];
    expect(await json(answer)).toMatchObject({
      options: { host: '127.0.0.1', port: Number(url.port), secure: true },
      room: { url: expect.stringContaining(`${url.origin}/peerjs/games/pong/rooms/`) },
    });
  });

  it('joins are counted by the address that it saw, whatever a client says', async () => {
    const { admitted, refused } = await joinOften(trusting());
    expect(admitted).toBe(JOINS);
    // Without an ERROR, so that they come back.
    const closed = { code: 1013, reason: 'try again later' };
    expect(refused).toEqual([closed, closed]);
  });

  it('joins are not counted where no proxy is trusted: they all seem to be from the proxy', async () => {
    const { refused } = await joinOften(trustingNobody());
    expect(refused).toEqual([]);
  });
});

describe.each(INSTALLED.flatMap((proxy) => PREFIXES.map((prefix) => [proxy, prefix] as const)))(
  'behind %s, where it %s the prefix /peer',
  (proxy, prefix) => {
    const origin = useServerBehind(proxy, {}, prefix);

    it('the pages, their links and what they load are there', async () => {
      for (const page of ['', 'demo', 'dashboard']) {
        const url = new URL(`/peer/${page}`, origin());
        const html = await text(url, 'text/html');
        const links = [...html.matchAll(/(?:href|src)="([^"#:]+)"/g)].map(([, link = '']) => link);
        expect(links.some((link) => link.includes('assets/'))).toBe(true);
        for (const link of links) {
          const target = new URL(link, url);
          expect(target.pathname).toMatch(/^\/peer\//);
          await text(target, 'text/html');
        }
      }
      expect(JSON.parse(await text(new URL('/peer/', origin()), '*/*'))).toMatchObject({
        name: 'PeerJS Server',
      });
    });

    it('peers meet in a room, and it is listed', async () => {
      const options = { path: '/peer/room/table-7', ca: CERTIFICATE };
      const alice = await TestPeer.open(origin(), options);
      const bob = await TestPeer.open(origin(), options);
      alice.send({ type: 'OFFER', dst: bob.id, payload: 'sdp' });
      expect(await bob.next()).toMatchObject({ type: 'OFFER', src: alice.id });
      const peers = await text(new URL('/peer/room/table-7/peerjs/peers', origin()), '*/*');
      expect(JSON.parse(peers).sort()).toEqual([alice.id, bob.id].sort());
    });
  },
);

/** The body of what a URL answers with status 200. */
function text(url: URL, accept: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { ca: CERTIFICATE, servername: 'localhost', headers: { Accept: accept } };
    get(url, options, async (response) => {
      let body = '';
      for await (const chunk of response) body += String(chunk);
      if (response.statusCode === 200) resolve(body);
      else reject(new Error(`${url} answered ${response.statusCode}`));
    }).on('error', reject);
  });
}

/** Joins twice more than is allowed in a minute, and claims to be somebody else each time. */
async function joinOften(origin: string): Promise<{ admitted: number; refused: unknown[] }> {
  const refused: unknown[] = [];
  let admitted = 0;
  for (let number = 0; number < JOINS + 2; number += 1) {
    const headers = {
      'X-Forwarded-For': `198.51.100.${number}`,
      'CF-Connecting-IP': `198.51.100.${number}`,
    };
    const peer = new TestPeer(origin, { path: '/lobby', ca: CERTIFICATE, headers });
    const isOpen = await peer.next().then(
      ({ type }) => type === 'OPEN',
      () => false,
    );
    if (isOpen) admitted += 1;
    else refused.push(await peer.untilClosed());
    peer.vanish();
  }
  return { admitted, refused };
}

/** Starts the server and a proxy before it, for the tests of a `describe`. */
function useServerBehind(
  proxyName: ProxyName,
  environment: Readonly<Record<string, string>>,
  prefix?: Prefix,
): () => string {
  let server: TestServer | undefined;
  let proxy: RunningProxy | undefined;
  beforeAll(async () => {
    const path = prefix === 'keeps' ? { path: '/peer' } : {};
    server = await startTestServer({ environment, ...path });
    proxy = await startReverseProxy(proxyName, server.port, prefix);
  }, 120_000);
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
  });
  return () => proxy?.origin ?? '';
}
