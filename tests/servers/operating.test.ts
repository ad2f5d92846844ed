import { open, readFile, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import parsePrometheusTextFormat from 'parse-prometheus-text-format';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PATIENCE_MS } from '../support/patience.ts';
import { RawConnection } from '../support/rawConnection.ts';
import { startTestServer, type TestServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

const ADMIN_TOKEN = 'the-token-of-an-admin';
const SDP = 'v=0 o=- 46117317 2 IN IP4 127.0.0.1';
const CANDIDATE = 'candidate:842163049 1 udp 1677729535 203.0.113.9 3478 typ srflx';

let server: TestServer;
let origin: string;
const logPath = join(tmpdir(), `operating-${process.pid}.log`);
beforeAll(async () => {
  const log = await open(logPath, 'w');
  server = await startTestServer({
    host: '127.0.0.1',
    port: 0,
    environment: { LOG_LEVEL: 'debug', EXPIRE_TIMEOUT_MS: '200' },
    output: log.fd,
  });
  await log.close();
  origin = `http://127.0.0.1:${server.port}`;
});
afterAll(async () => {
  await server.stop();
  await rm(logPath);
});

type LogLine = Readonly<Record<string, unknown>>;

async function logLines(): Promise<LogLine[]> {
  const text = await readFile(logPath, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}

async function logged(event: string, peer: string): Promise<LogLine | undefined> {
  return (await logLines()).find((line) => line.event === event && line.peer === peer);
}

/** The value of a sample, as Prometheus would read it. */
async function sample(name: string, labels: Readonly<Record<string, string>> = {}) {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const family = parsePrometheusTextFormat(text).find((it) => it.name === name);
  const found = family?.metrics.find((metric) =>
    Object.entries(labels).every(([label, value]) => metric.labels?.[label] === value),
  );
  return Number(found?.value);
}

it('counts the funnel of two peers that meet, and of one that calls nobody', async () => {
  const path = '/room/funnel';
  const [ann, bob] = await Promise.all([
    TestPeer.open(origin, { path, id: 'ann' }),
    TestPeer.open(origin, { path, id: 'bob' }),
  ]);
  ann.send({ type: 'OFFER', dst: 'bob', payload: { sdp: SDP } });
  await bob.next();
  bob.send({ type: 'ANSWER', dst: 'ann', payload: { sdp: SDP } });
  await ann.next();
  bob.send({ type: 'CANDIDATE', dst: 'ann', payload: { candidate: CANDIDATE } });
  await ann.next();
  ann.send({ type: 'OFFER', dst: 'nobody', payload: { sdp: SDP } });
  expect(await ann.next()).toMatchObject({ type: 'EXPIRE', src: 'nobody' });
  // A room reports no two ends at once in a second. A join is reported always, with all before it.
  await TestPeer.open(origin, { path, id: 'zoe' });
  await expect.poll(() => sample('peerjs_peers')).toBe(3);

  const stage = (name: string) => sample('peerjs_handshakes_total', { stage: name });
  expect(await stage('offer')).toBe(2);
  expect(await stage('answer')).toBe(1);
  expect(await sample('peerjs_messages_relayed_total', { type: 'CANDIDATE' })).toBe(1);
  expect(await sample('peerjs_messages_expired_total')).toBe(1);
  expect(await sample('peerjs_rooms')).toBe(1);

  const json = await (
    await fetch(`${origin}/metrics`, { headers: { Accept: 'application/json' } })
  ).json();
  expect(json).toMatchObject({
    activeRooms: 1,
    activePeers: 3,
    totalConnections: 3,
    messagesPerSecond: expect.any(Number),
    uptimeSeconds: expect.any(Number),
    timestamp: expect.any(String),
    errors: { 'room-full': 0 },
    counters: { handshakes: { offer: 2, answer: 1 }, relayed: { OFFER: 1, ANSWER: 1 } },
    rooms: [
      {
        name: path,
        kind: 'room',
        peerCount: 3,
        peers: expect.arrayContaining(['ann', 'bob', 'zoe']),
      },
    ],
  });
});

it('counts and logs every peer that is turned away, wherever that is decided', async () => {
  const path = '/room/full';
  await Promise.all([1, 2, 3, 4].map(() => TestPeer.open(origin, { path })));
  await new TestPeer(origin, { path, id: 'fifth' }).untilClosed();
  await new TestPeer(origin, { path, id: 'stranger', key: 'wrong' }).untilClosed();

  const refusals = (reason: string) => sample('peerjs_refusals_total', { reason });
  await expect.poll(() => refusals('room-full')).toBe(1);
  await expect.poll(() => refusals('invalid-key')).toBe(1);
  expect(await logged('peer.refused', 'fifth')).toMatchObject({ room: path, reason: 'room-full' });
  expect(await logged('peer.refused', 'stranger')).toMatchObject({ reason: 'invalid-key' });
});

it('counts and logs a match once all its players are there', async () => {
  const match = async (): Promise<TestPeer> => {
    const response = await fetch(`${origin}/peerjs/games/chess/match`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ size: 2 }),
    });
    const { id, options } = await response.json();
    return TestPeer.open(origin, { id, path: options.path, token: options.token });
  };
  const first = await match();
  expect(await sample('peerjs_matches_total')).toBe(0);
  await match();
  await expect.poll(() => sample('peerjs_matches_total')).toBe(1);
  await expect.poll(() => logged('room.started', first.id)).toBeDefined();
});

it('counts and logs rooms that were made by HTTP, refused seats, hosts and kicks', async () => {
  const url = `${origin}/peerjs/games/pong/rooms`;
  const ask = async (method: string, below: string, body: object, token = '') => {
    const response = await fetch(url + below, {
      method,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  const password = 'a password that no line has';
  const made = await ask('POST', '', { password });
  const { code } = made.room;
  await ask('POST', `/${code}/seats`, { password: 'another' });
  const given = await ask('POST', `/${code}/seats`, { password });
  const sit = ({ id, options: { path, token } }: typeof made) =>
    TestPeer.open(origin, { id, path, token });
  await Promise.all([sit(made), sit(given)]);
  await ask('PATCH', `/${code}`, { host: given.id }, made.options.token);
  await ask('PATCH', `/${code}`, { kick: made.id }, given.options.token);

  await expect.poll(() => sample('peerjs_kicks_total')).toBe(1);
  expect(await sample('peerjs_rooms_created_total')).toBeGreaterThan(0);
  expect(await sample('peerjs_host_changes_total', { cause: 'handed-over' })).toBe(1);
  await expect
    .poll(() => sample('peerjs_seats_refused_total', { reason: 'wrong-password' }))
    .toBe(1);
  const room = `/room/pong/${code}`;
  const shown = await (
    await fetch(`${origin}/metrics`, { headers: { Accept: 'application/json' } })
  ).json();
  expect(shown.rooms.find(({ name }: { name: string }) => name === room)).toMatchObject({
    peerCount: 1,
    managed: { size: 4, locked: false, host: given.id },
  });
  await expect.poll(() => logged('peer.kicked', made.id)).toMatchObject({ room, isBanned: false });
  expect(await logged('room.made', made.id)).toMatchObject({ room });
  const lines = await logLines();
  expect(lines).toContainEqual(
    expect.objectContaining({ event: 'seat.refused', reason: 'wrong-password', code }),
  );
  for (const secret of [password, made.options.token, given.options.token]) {
    expect(JSON.stringify(lines)).not.toContain(secret);
  }
});

describe('a report of links', () => {
  const report = async (body: unknown, path = '/room/table-7/peerjs/links') => {
    const response = await fetch(origin + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  };
  const made = { to: 'bob', connected: true, ms: 830, route: 'relay' };
  const failed = { to: 'nobody-linked', connected: false, ms: 9000, reason: 'no-path' };

  it('is counted, and what failed is logged', async () => {
    expect(await report({ links: [made, failed] })).toEqual({ status: 204, text: '' });
    expect(await report({ links: [made] }, '/peerjs/links')).toEqual({ status: 204, text: '' });
    const links = (route: string) =>
      sample('peerjs_links_total', { country: 'unknown', network: 'unknown', route });
    await expect.poll(() => links('relay')).toBe(2);
    expect(await links('failed')).toBe(1);
    expect(await sample('peerjs_links_failed_total', { reason: 'no-path' })).toBe(1);
    const lines = (await logLines()).filter(({ event }) => event === 'link.failed');
    expect(lines).toMatchObject([
      { room: '/room/table-7', to: 'nobody-linked', reason: 'no-path', ms: 9000 },
    ]);
  });

  it.each<[name: string, body: unknown, path: string | undefined, status: number, error: string]>([
    ['another key', { links: [made] }, '/room/table-7/wrong/links', 401, 'Invalid key provided'],
    ['a path that is none', { links: [made] }, '/room/peerjs/links', 400, 'Invalid path'],
    ['no JSON', 'links', undefined, 400, 'The body must be JSON.'],
    ['a body that is too large', ' '.repeat(20_000), undefined, 400, 'at most 16384 bytes'],
    ['no links', {}, undefined, 400, 'links is missing.'],
    ['a made-up route', { links: [{ ...made, route: 'x' }] }, undefined, 400, 'links.0.route must'],
  ])('is refused with %s', async (_, body, path, status, error) => {
    const answer = await report(body, path);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({
      error: { type: expect.stringMatching(/^invalid-/), msg: expect.stringContaining(error) },
    });
  });
});

it('logs the life of a peer, its lines tied together by the id of its request', async () => {
  const path = '/room/life';
  const cid = await TestPeer.open(origin, { path, id: 'cid', token: 'token-of-cid' });
  const again = await TestPeer.open(origin, { path, id: 'cid', token: 'token-of-cid' });
  await cid.untilClosed();
  again.send('{');
  again.send('{');
  await again.settle();
  again.socket.close(4321, 'closed the tab');
  await again.untilClosed();

  await expect.poll(() => logged('peer.left', 'cid')).toBeDefined();
  const lines = (await logLines()).filter(
    ({ peer, event }) => peer === 'cid' && event !== 'message.relayed',
  );
  expect(lines.map(({ event }) => event)).toEqual([
    'peer.joined',
    'peer.replaced',
    'peer.joined',
    'peer.limited',
    'peer.left',
  ]);
  for (const line of lines) {
    expect(line).toMatchObject({ room: path, at: expect.stringMatching(/^\d{4}-.*Z$/) });
  }
  const [first, replaced, joined, limited, left] = lines;
  expect(replaced).toMatchObject({ sameToken: true, seconds: expect.any(Number) });
  expect(limited).toMatchObject({ reason: 'invalid-message' });
  expect(left).toMatchObject({ code: 4321, reason: 'closed the tab', seconds: expect.any(Number) });
  expect(joined?.requestId).not.toBe(first?.requestId);
  expect([replaced, limited, left].map((line) => line?.requestId)).toEqual(
    Array(3).fill(joined?.requestId),
  );
});

it('logs relayed messages at debug, and what expired', async () => {
  const path = '/room/debug';
  const dan = await TestPeer.open(origin, { path, id: 'dan' });
  dan.send({ type: 'OFFER', dst: 'dan', payload: { sdp: SDP } });
  dan.send({ type: 'OFFER', dst: 'nobody', payload: { sdp: SDP } });
  await dan.next();
  await dan.next();
  expect(await logged('message.relayed', 'dan')).toMatchObject({ room: path, type: 'OFFER' });
  await expect.poll(() => logged('message.expired', 'dan')).toMatchObject({ absent: 'nobody' });
});

it('keeps tokens, SDP, candidates and addresses out of the log', async () => {
  const token = 'a-token-to-be-kept-secret';
  const path = '/room/secrets';
  const eve = await TestPeer.open(origin, { path, id: 'eve', token });
  eve.send({ type: 'OFFER', dst: 'eve', payload: { sdp: SDP } });
  eve.send({ type: 'CANDIDATE', dst: 'eve', payload: { candidate: CANDIDATE } });
  await eve.settle();
  await new TestPeer(origin, { path, id: 'eve', token: `${token}-2` }).untilClosed();
  await new TestPeer(origin, { path, id: 'mal', token, key: 'secret-key-of-mal' }).untilClosed();
  await new TestPeer(origin, { path, id: token.repeat(30), token }).untilClosed();
  await eve.close();
  await expect.poll(() => logged('peer.left', 'eve')).toBeDefined();

  const text = await readFile(logPath, 'utf8');
  for (const secret of [
    token,
    'secret-key-of-mal',
    'v=0',
    'candidate:',
    '127.0.0.1',
    '203.0.113.9',
  ]) {
    expect(text).not.toContain(secret);
  }
});

describe('the names of rooms and peers', () => {
  const path = '/room/private-name';
  let reachable: TestServer;
  let peer: TestPeer;
  beforeAll(async () => {
    reachable = await startTestServer({
      host: '0.0.0.0',
      port: 0,
      environment: {},
      output: 'ignore',
    });
    peer = await TestPeer.open(`http://127.0.0.1:${reachable.port}`, { path, id: 'secretly' });
    await vi.waitUntil(async () => (await metricsFor({})).includes(path), PATIENCE_MS);
  });
  afterAll(async () => {
    await peer.close();
    await reachable.stop();
  });

  /** The JSON of the metrics, by an address of this machine. */
  async function metricsFor(
    headers: Readonly<Record<string, string>>,
    host = '127.0.0.1',
  ): Promise<string> {
    const accept = { Accept: 'application/json' };
    const response = await fetch(`http://${host}:${reachable.port}/metrics`, {
      headers: { ...accept, ...headers },
    });
    expect(response.status).toBe(200);
    return response.text();
  }

  function expectNumbersAlone(json: string): void {
    expect(JSON.parse(json)).toMatchObject({
      activeRooms: 1,
      activePeers: 1,
      rooms: [{ name: '', kind: 'room', peerCount: 1, peers: [] }],
    });
    expect(json).not.toContain('private-name');
    expect(json).not.toContain('secretly');
  }

  it.each(['127.0.0.1', 'localhost'])(
    'are shown to who asks from the machine: %s',
    async (host) => {
      const json = await metricsFor({}, host);
      expect(JSON.parse(json).rooms).toEqual([
        { name: path, kind: 'room', peerCount: 1, peers: ['secretly'] },
      ]);
    },
  );

  it.each(['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via'])(
    'are not shown through a proxy, which says %s',
    async (header) => expectNumbersAlone(await metricsFor({ [header]: '203.0.113.7' })),
  );

  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal);
  it.skipIf(others.length === 0)('are not shown to another address', async () => {
    expectNumbersAlone(await metricsFor({}, others[0]?.address));
  });

  it('are not shown under another name, which a page could make lead here', async () => {
    const connection = new RawConnection(reachable.port);
    const lines = ['Host: evil.example', 'Accept: application/json', 'Connection: close'];
    connection.send(`GET /metrics HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    expect(await connection.status()).toBe(200);
    while (!connection.isClosed) await connection.until('no such text');
    expect(connection.received).toContain('"activeRooms":1');
    expect(connection.received).not.toContain('private-name');
  });

  it.each(['/metrics', '/dashboard'])('are for no page of another origin at %s', async (url) => {
    const response = await fetch(`http://127.0.0.1:${reachable.port}${url}`, {
      headers: { Origin: 'https://evil.example' },
    });
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
  });
});

it('asks peers beyond the limit of an address to come back, without an ERROR, and counts them', async () => {
  const environment = { TRUST_PROXY: 'true', JOINS_PER_MINUTE: '2', LOG_LEVEL: 'off' };
  const school = await startTestServer({ host: '127.0.0.1', port: 0, environment });
  try {
    const schoolOrigin = `http://127.0.0.1:${school.port}`;
    const headers = { 'X-Forwarded-For': '203.0.113.7' };
    await TestPeer.open(schoolOrigin, { headers });
    await TestPeer.open(schoolOrigin, { headers });
    const third = new TestPeer(schoolOrigin, { headers });
    expect(await third.untilClosed()).toEqual({ code: 1013, reason: 'try again later' });
    expect(third.frames).toEqual([]);
    await TestPeer.open(schoolOrigin, { headers: { 'X-Forwarded-For': '203.0.113.8' } });
    const metrics = async () => (await fetch(`${schoolOrigin}/metrics`)).text();
    await expect
      .poll(metrics)
      .toContain('peerjs_refusals_total{reason="too-many-connections"} 1\n');
  } finally {
    await school.stop();
  }
});

it('writes at most 20 lines a second of peers that are refused, and counts them all', async () => {
  const before = (await logLines()).filter(({ event }) => event === 'peer.refused').length;
  const start = Date.now();
  const strangers = Array.from({ length: 200 }, () => new TestPeer(origin, { key: 'loop' }));
  await Promise.all(strangers.map((stranger) => stranger.untilClosed()));
  const seconds = Math.floor(Date.now() / 1000) - Math.floor(start / 1000) + 1;
  const lines = (await logLines()).filter(({ event }) => event === 'peer.refused').length - before;
  expect(lines).toBeGreaterThan(0);
  expect(lines).toBeLessThanOrEqual(20 * seconds);
  const counted = () => sample('peerjs_refusals_total', { reason: 'invalid-key' });
  await expect.poll(counted).toBeGreaterThanOrEqual(200);
});

it('does not start with a setting whose name is nearly right, and says which was meant', async () => {
  const environment = { MAX_PEER_PER_ROOM: '8' };
  await expect(startTestServer({ host: '127.0.0.1', port: 0, environment })).rejects.toThrow(
    'MAX_PEER_PER_ROOM is no setting. Did you mean MAX_PEERS_PER_ROOM?',
  );
});

describe('with an admin token', () => {
  let guarded: TestServer;
  beforeAll(async () => {
    const environment = { ADMIN_TOKEN, METRICS: 'on' };
    guarded = await startTestServer({ host: '127.0.0.1', port: 0, environment, output: 'ignore' });
  });
  afterAll(() => guarded.stop());

  function statusWith(authorization: string | undefined): Promise<number> {
    return fetch(`http://127.0.0.1:${guarded.port}/metrics`, {
      headers: authorization === undefined ? {} : { Authorization: authorization },
    }).then(({ status }) => status);
  }

  it.each([
    [undefined],
    ['Bearer '],
    ['Bearer the-token-of-an-admix'],
    [`Bearer ${ADMIN_TOKEN}2`],
    [`Basic ${ADMIN_TOKEN}`],
  ])('metrics are refused to %s', async (authorization) => {
    expect(await statusWith(authorization)).toBe(401);
  });

  it('metrics are shown to its bearer', async () => {
    expect(await statusWith(`Bearer ${ADMIN_TOKEN}`)).toBe(200);
  });

  it('the token counts in the header alone: a query is logged on the way', async () => {
    const url = `http://127.0.0.1:${guarded.port}/metrics?token=${ADMIN_TOKEN}`;
    expect((await fetch(url)).status).toBe(401);
  });
});

it('METRICS=off and LOG_LEVEL=off: nothing to see, and nothing said', async () => {
  const path = join(tmpdir(), `operating-off-${process.pid}.log`);
  const file = await open(path, 'w');
  const quiet = await startTestServer({
    host: '127.0.0.1',
    port: 0,
    environment: { METRICS: 'off', LOG_LEVEL: 'off' },
    output: file.fd,
  });
  await file.close();
  try {
    const quietOrigin = `http://127.0.0.1:${quiet.port}`;
    const peer = await TestPeer.open(quietOrigin);
    await peer.close();
    expect((await fetch(`${quietOrigin}/metrics`)).status).toBe(404);
    const links = await fetch(`${quietOrigin}/peerjs/links`, { method: 'POST' });
    expect(links.status).toBe(404);
    expect((await fetch(`${quietOrigin}/health`)).status).toBe(200);
  } finally {
    await quiet.stop();
  }
  expect(await readFile(path, 'utf8')).toBe('');
  await rm(path);
});
