import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { SignJWT } from 'jose';
import { afterEach, expect, it } from 'vitest';
import { listenHere } from '../support/listenHere.ts';
import { startTestServer, type TestServer } from '../support/servers.ts';

const running: (TestServer | Server)[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) {
    if ('stop' in server) await server.stop();
    else {
      server.closeAllConnections();
      server.close();
    }
  }
});

/** Starts the server with these settings and returns its origin. */
async function start(
  environment: Readonly<Record<string, string>>,
  outbound?: string,
): Promise<string> {
  const options = { host: '127.0.0.1', port: 0, environment };
  const server = await startTestServer({
    ...options,
    ...(outbound === undefined ? {} : { outbound, output: 'ignore' as const }),
  });
  running.push(server);
  return `http://127.0.0.1:${server.port}`;
}

/** Starts what the server takes for the internet and returns its address. */
async function startInternet(listener: RequestListener): Promise<string> {
  // Requests to a proxy name their host in the URL, and workerd sends no header for it.
  const server = createServer({ requireHostHeader: false }, listener);
  running.push(server);
  return `127.0.0.1:${await listenHere(server)}`;
}

async function ask(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

const STUN = { urls: ['stun:stun.cloudflare.com:3478'] };
const CLOUDFLARE = { TURN_KEY_ID: 'key-1', TURN_KEY_API_TOKEN: 'secret-1' };

it('answers with STUN alone when nothing is configured, at any path, to any page', async () => {
  const origin = await start({});
  for (const path of ['', '/room/table-7', '/a/b']) {
    const response = await fetch(`${origin}${path}/peerjs/ice`, {
      headers: { Origin: 'https://game.example' },
    });
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('https://game.example');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toEqual({ iceServers: [STUN], ttl: 86_400 });
  }
});

it('refuses a wrong key, and answers with the right one', async () => {
  const origin = await start({ PEERJS_KEY: 'mine' });
  expect(await ask(`${origin}/peerjs/ice`)).toEqual({
    status: 401,
    body: { error: { type: 'invalid-key', msg: 'Invalid key provided' } },
  });
  expect((await ask(`${origin}/mine/ice`)).status).toBe(200);
});

it('wants a token where tokens are signed', async () => {
  const secret = 'a secret of at least thirty-two characters';
  const origin = await start({ JWT_SECRET: secret });
  expect(await ask(`${origin}/room/table-7/peerjs/ice`)).toEqual({
    status: 401,
    body: { error: { type: 'invalid-token', msg: 'Invalid token provided' } },
  });
  const token = await new SignJWT({ room: '/room/table-7' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));
  expect((await ask(`${origin}/room/table-7/peerjs/ice?token=${token}`)).status).toBe(200);
  expect((await ask(`${origin}/room/table-8/peerjs/ice?token=${token}`)).status).toBe(401);
});

it('refuses a path that is no place', async () => {
  const origin = await start({});
  expect((await ask(`${origin}/room/peerjs/ice`)).status).toBe(400);
});

it('adds the relay of TURN_URLS, with credentials for the time of ICE_TTL_SECONDS', async () => {
  const origin = await start({
    STUN_URLS: 'stun:stun.example.com',
    TURN_URLS: 'turn:turn.example.com:3478?transport=udp, turns:turn.example.com:5349',
    TURN_SECRET: 'north',
    ICE_TTL_SECONDS: '600',
  });
  expect(await ask(`${origin}/peerjs/ice`)).toEqual({
    status: 200,
    body: {
      iceServers: [
        { urls: ['stun:stun.example.com'] },
        {
          urls: ['turn:turn.example.com:3478?transport=udp', 'turns:turn.example.com:5349'],
          username: expect.stringMatching(/^\d+:.+$/),
          credential: expect.stringMatching(/^[\w+/]{27}=$/),
        },
      ],
      ttl: 600,
    },
  });
});

it('asks Cloudflare once, to the letter, for all who come in the first half of the life', async () => {
  const requests: { request: IncomingMessage; body: string }[] = [];
  const internet = await startInternet(async (request, response) => {
    requests.push({ request, body: await text(request) });
    response.writeHead(201, { 'Content-Type': 'application/json' }).end(
      JSON.stringify({
        iceServers: [
          { urls: ['stun:stun.cloudflare.com:3478', 'stun:stun.cloudflare.com:53'] },
          {
            urls: [
              'turn:turn.cloudflare.com:3478?transport=udp',
              'turn:turn.cloudflare.com:53?transport=udp',
              'turns:turn.cloudflare.com:443?transport=tcp',
            ],
            username: 'a',
            credential: 'b',
          },
        ],
      }),
    );
  });
  const origin = await start({ ...CLOUDFLARE, ICE_TTL_SECONDS: '7200' }, internet);

  for (let time = 0; time < 3; time += 1) {
    const { status, body } = await ask(`${origin}/room/table-7/peerjs/ice`);
    expect(status).toBe(200);
    expect(body).toEqual({
      iceServers: [
        STUN,
        {
          urls: [
            'turn:turn.cloudflare.com:3478?transport=udp',
            'turns:turn.cloudflare.com:443?transport=tcp',
          ],
          username: 'a',
          credential: 'b',
        },
      ],
      ttl: expect.toSatisfy((ttl: number) => ttl > 7100 && ttl <= 7200),
    });
  }

  expect(requests).toHaveLength(1);
  const { request, body } = requests[0] ?? expect.fail('no request');
  expect(request.method).toBe('POST');
  expect(request.url).toBe(
    'https://rtc.live.cloudflare.com/v1/turn/keys/key-1/credentials/generate-ice-servers',
  );
  expect(request.headers.authorization).toBe('Bearer secret-1');
  expect(request.headers['content-type']).toBe('application/json');
  expect(body).toBe('{"ttl":7200}');
});

it.each([
  ['fails', ((_request, response) => response.writeHead(500).end()) satisfies RequestListener],
  ['never answers', (() => {}) satisfies RequestListener],
  [
    'stops in the middle of its answer',
    ((_request, response) => response.writeHead(201).write('{')) satisfies RequestListener,
  ],
])('falls back to STUN soon when Cloudflare %s', async (_how, listener) => {
  let requests = 0;
  const internet = await startInternet((request, response) => {
    requests += 1;
    listener(request, response);
  });
  const origin = await start(CLOUDFLARE, internet);
  const asked = performance.now();
  expect(await ask(`${origin}/peerjs/ice`)).toEqual({
    status: 200,
    body: { iceServers: [STUN], ttl: 60, degraded: true },
  });
  // It waits for 1.2 s.
  expect(performance.now() - asked).toBeLessThan(12_000);
  expect(requests).toBe(1);
});

it('is for pages of the allowed origins, and for programs, which send none', async () => {
  const origin = await start({ ALLOWED_ORIGINS: 'https://game.example' });
  const from = (Origin: string) => fetch(`${origin}/peerjs/ice`, { headers: { Origin } });
  const refused = await from('https://evil.example');
  expect(refused.status).toBe(403);
  expect(await refused.json()).toEqual({
    error: {
      type: 'origin-not-allowed',
      msg: 'Pages of this origin may not connect to this server',
    },
  });
  expect((await from('https://game.example')).status).toBe(200);
  expect((await ask(`${origin}/peerjs/ice`)).status).toBe(200);
});

it('is counted by address, whatever that is, also where no proxy is trusted', async () => {
  const origin = await start({ JOINS_PER_MINUTE: '5', LOG_LEVEL: 'off' });
  const statuses = [];
  for (let n = 0; n < 7; n += 1) {
    // While no proxy is trusted, what a client claims of its address does not count.
    const headers = { 'X-Forwarded-For': `198.51.100.${n}` };
    statuses.push((await fetch(`${origin}/peerjs/ice`, { headers })).status);
  }
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  // So are reports of links, on their own.
  const reports = [];
  for (let n = 0; n < 6; n += 1) {
    reports.push((await fetch(`${origin}/peerjs/links`, { method: 'POST' })).status);
  }
  expect(reports).toEqual([400, 400, 400, 400, 400, 429]);
});

it('counts all that a proxy names and that is no address as one', async () => {
  const origin = await start({ JOINS_PER_MINUTE: '5', TRUST_PROXY: 'true' });
  const statuses = async (address: (n: number) => string) => {
    const all = [];
    for (let n = 0; n < 7; n += 1) {
      const headers = { 'X-Forwarded-For': address(n) };
      all.push((await fetch(`${origin}/peerjs/ice`, { headers })).status);
    }
    return all;
  };
  expect(await statuses((n) => `made-up-${n}`)).toEqual([200, 200, 200, 200, 200, 429, 429]);
  expect(await statuses((n) => `2001:db8:1:${n}::1`)).toEqual([200, 200, 200, 200, 200, 429, 429]);
  expect(await statuses((n) => `203.0.113.${n}`)).toEqual(Array(7).fill(200));
});
