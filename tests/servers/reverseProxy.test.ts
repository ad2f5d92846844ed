import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../support/certificate.ts';
import { startTestServer, type TestServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

const isInstalled = spawnSync('nginx', ['-v']).error === undefined;
if (!isInstalled) console.warn('Skipped: nginx is not installed (apt-get install nginx-light).');

/** Fewer than by default, so that the test is quick. */
const JOINS = 120;

describe.skipIf(!isInstalled)('behind nginx, as deploy/nginx.conf sets it up', () => {
  const trusting = useServerBehindNginx({
    TRUST_PROXY: 'true',
    JOINS_PER_MINUTE: String(JOINS),
  });
  const trustingNobody = useServerBehindNginx({
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

  it('joins are counted by the address that nginx saw, whatever a client says', async () => {
    const { admitted, refused } = await joinOften(trusting());
    expect(admitted).toBe(JOINS);
    // Without an ERROR, so that they come back.
    const closed = { code: 1013, reason: 'try again later' };
    expect(refused).toEqual([closed, closed]);
  });

  it('joins are not counted where no proxy is trusted: they all seem to be from nginx', async () => {
    const { refused } = await joinOften(trustingNobody());
    expect(refused).toEqual([]);
  });
});

describe.skipIf(!isInstalled).each([
  ['strips', undefined, '/'],
  ['keeps', '/peer', ''],
])('behind an nginx that %s the prefix /peer', (_, path, suffix) => {
  const origin = useServerBehindNginx({}, path, suffix);

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
});

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

/** Starts the server and an nginx before it, for the tests of a `describe`. */
function useServerBehindNginx(
  environment: Readonly<Record<string, string>>,
  path?: string,
  suffix?: string,
): () => string {
  let server: TestServer | undefined;
  let nginx: { origin: string; stop(): Promise<void> } | undefined;
  beforeAll(async () => {
    server = await startTestServer({
      host: '127.0.0.1',
      port: 0,
      environment,
      output: 'ignore',
      ...(path === undefined ? {} : { path }),
    });
    nginx = await startNginx(server.port, suffix);
  });
  afterAll(async () => {
    await nginx?.stop();
    await server?.stop();
  });
  return () => nginx?.origin ?? '';
}

/**
 * Runs nginx with the lines of deploy/nginx.conf, where only addresses and files are changed.
 *
 * @param suffix serves below /peer, with this behind the server's address: `/` takes the prefix away.
 */
async function startNginx(
  upstream: number,
  suffix?: string,
): Promise<{ origin: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'));
  const port = await freePort();
  const changes: [string | RegExp, string][] = [
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    [/ssl_certificate .*;/, 'ssl_certificate cert.pem;'],
    [/ssl_certificate_key .*;/, 'ssl_certificate_key key.pem;'],
    [
      'proxy_pass http://127.0.0.1:9000;',
      `proxy_pass http://127.0.0.1:${upstream}${suffix ?? ''};`,
    ],
    ...(suffix === undefined ? [] : [['location / {', 'location /peer/ {'] as [string, string]]),
  ];
  let lines = await readFile(join(PROJECT_ROOT, 'deploy', 'nginx.conf'), 'utf8');
  for (const [from, to] of changes) {
    expect(lines).toMatch(from);
    lines = lines.replace(from, to);
  }
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder};`)
    .join(' ');
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log stderr; events {} http { ${temporary}\n${lines}}`,
  );
  await writeFile(join(folder, 'cert.pem'), CERTIFICATE);
  await writeFile(join(folder, 'key.pem'), PRIVATE_KEY);

  const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  nginx.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const ended = once(nginx, 'exit');
  const stop = async () => {
    nginx.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  while (!(await accepts(port))) {
    if (nginx.exitCode !== null) throw new Error(`nginx did not start:\n${errors}`);
    await setTimeout(20);
  }
  return { origin: `https://127.0.0.1:${port}`, stop };
}

/** nginx does not say when it listens, nor on which port if it is given none. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
