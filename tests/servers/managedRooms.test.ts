import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer, useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

/** A seat, as far as these tests look at it. */
interface Seat {
  readonly id: string;
  readonly rejoined?: boolean;
  readonly options: {
    readonly host: string;
    readonly port: number;
    readonly secure: boolean;
    readonly path: string;
    readonly key: string;
    readonly token: string;
  };
  readonly room: { readonly code: string; readonly url: string; readonly host: string | null };
}

interface Request {
  readonly method?: string;
  /** To be sent as JSON. */
  readonly body?: unknown;
  /** To be sent as it is. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask<T = { error: { type: string; msg: string } }>(
  url: string,
  { method = 'POST', body, text, headers = {} }: Request = {},
): Promise<{ status: number; answer: T; response: Response }> {
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(url, {
    method,
    headers: { ...(sent !== undefined && { 'Content-Type': 'application/json' }), ...headers },
    ...(sent !== undefined && { body: sent }),
  });
  return { status: response.status, answer: (await response.json()) as T, response };
}

async function given(url: string, request?: Request): Promise<Seat> {
  const { status, answer } = await ask<Seat>(url, request);
  expect(status, JSON.stringify(answer)).toBe(201);
  return answer;
}

/** Connects as `new Peer(id, options)` does. */
function connect(origin: string, { id, options: { path, token, key } }: Seat): Promise<TestPeer> {
  return TestPeer.open(origin, { id, path, token, key });
}

const ROOMS = '/peerjs/games/pong/rooms';
const NESTED = `{"meta":${'{"a":'.repeat(1500)}1${'}'.repeat(1500)}}`;

describe('a room made by HTTP', () => {
  const origin = useServer({ TRUST_PROXY: 'true', MAX_ROOM_SIZE: '8', JOINS_PER_MINUTE: '1000' });
  const rooms = () => `${origin()}${ROOMS}`;

  describe('refuses what is not valid, and nothing changes', () => {
    let host: Seat;
    let hostPeer: TestPeer;
    let guest: Seat;
    const room = () => `${rooms()}/${host.room.code}`;
    const as = ({ options: { token } }: Seat) => ({ Authorization: `Bearer ${token}` });
    const roomNow = async () => (await ask<object>(room(), { method: 'GET' })).answer;

    beforeAll(async () => {
      host = await given(rooms(), { body: { name: 'Ann', meta: { mode: 'duel' } } });
      hostPeer = await connect(origin(), host);
      guest = await given(`${room()}/seats`);
      await connect(origin(), guest);
      hostPeer.send({ type: 'ROOM' });
      await hostPeer.next();
    }, 120_000);

    const wrongObjects = [null, 'a', 1, true, [], [1]];
    const wrongFlags = [null, 'true', 1, {}, []];
    const wrongTexts = [null, 1, true, {}, [], ''];
    const wrongNames = [...wrongTexts, ' ', 'x'.repeat(41), 'a\u0000', 'a\u202eb', '\u200b'];
    const wrongPasswords = [...wrongTexts, 'x'.repeat(129)];
    const wrongIds = [...wrongTexts, 'x'.repeat(513), 'a\nb', ' '];
    const large = (bytes: number) => ({ a: 'x'.repeat(bytes) });
    const player = {
      name: wrongNames,
      data: [...wrongObjects, large(510)],
    };
    const FIELDS: Record<'make' | 'take' | 'change', Record<string, unknown[]>> = {
      make: {
        ...player,
        size: [null, '4', 1, 0, -1, 9, 2.5, 1e99, true, {}, []],
        public: wrongFlags,
        password: wrongPasswords,
        meta: [...wrongObjects, large(1020)],
        token: ['a'],
        unknown: [1, null],
      },
      take: {
        ...player,
        password: wrongPasswords,
        token: [...wrongTexts, 'x'.repeat(4097)],
        id: ['mine'],
        unknown: [1, null],
      },
      change: {
        locked: wrongFlags,
        public: wrongFlags,
        password: ['', 1, true, {}, [], 'x'.repeat(129)],
        meta: [...wrongObjects, large(1020)],
        state: [...wrongObjects, large(4090)],
        host: wrongIds,
        kick: wrongIds,
        ban: wrongIds,
        size: [8],
        unknown: [1, null],
      },
    };
    const requests = {
      make: (request: Request) => ask(rooms(), request),
      take: (request: Request) => ask(`${room()}/seats`, request),
      change: (request: Request) =>
        ask(room(), { method: 'PATCH', ...request, headers: { ...as(host), ...request.headers } }),
    };
    const kinds = Object.keys(requests) as (keyof typeof requests)[];
    const fields = kinds.flatMap((kind) =>
      Object.entries(FIELDS[kind]).map(([field, values]) => ({ kind, field, values })),
    );

    it.each(fields)('$kind: $field', async ({ kind, field, values }) => {
      const unchanged = await roomNow();
      const answers = await Promise.all(
        values.map((value) =>
          requests[kind]({ body: { ...(kind === 'change' && { locked: true }), [field]: value } }),
        ),
      );
      for (const { status, answer } of answers) {
        expect(status).toBe(400);
        expect(answer.error.type).toBe('invalid-request');
        expect(answer.error.msg).toMatch(new RegExp(`^${field} .+\\.$`));
      }
      expect(await roomNow()).toEqual(unchanged);
    });

    const BODIES: [string, Request, string][] = [
      ['no JSON', { text: '{"locked":tru' }, 'The body must be JSON.'],
      ['an array', { body: [] }, 'The body must be an object.'],
      ['a text', { body: 'locked' }, 'The body must be an object.'],
      ['null', { body: null }, 'The body must be an object.'],
      ['nested too deeply', { text: NESTED }, 'meta must have at most 1024 bytes as JSON.'],
      [
        'larger than 16 KB',
        { text: JSON.stringify({ meta: large(16_384) }) },
        'The body must have at most 16384 bytes.',
      ],
      [
        'of another type',
        { text: 'locked=true', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
        'The body must be JSON, with Content-Type: application/json.',
      ],
    ];

    it.each(BODIES)('a body that is %s', async (what, request, sentence) => {
      const unchanged = await roomNow();
      for (const kind of kinds) {
        // A seat has no meta.
        if (kind === 'take' && what.startsWith('nested')) continue;
        const { status, answer } = await requests[kind](request);
        expect({ status, ...answer }).toEqual({
          status: 400,
          error: { type: 'invalid-request', msg: sentence },
        });
      }
      expect(await roomNow()).toEqual(unchanged);
    });

    it.each<[string, number, string, (() => string) | string, Request & { as?: 'guest' }]>([
      ['another key', 401, 'invalid-key', '/other/games/pong/rooms', {}],
      ['a game of another alphabet', 400, 'invalid-request', '/peerjs/games/Pong/rooms', {}],
      ['a game without end', 400, 'invalid-request', `/peerjs/games/${'a'.repeat(41)}/rooms`, {}],
      ['a code that is none', 404, 'no-such-room', `${ROOMS}/12`, { method: 'GET' }],
      ['the code of no room', 404, 'no-such-room', `${ROOMS}/sasasasa`, { method: 'GET' }],
      ['a seat in no room', 404, 'no-such-room', `${ROOMS}/sasasasa/seats`, {}],
      ['a change of no room', 404, 'no-such-room', `${ROOMS}/sasasasa`, { method: 'PATCH' }],
      ['a change by nobody', 401, 'invalid-token', '', { method: 'PATCH' }],
      ['a change by a guest', 403, 'not-the-host', '', { method: 'PATCH', as: 'guest' }],
    ])('%s', async (_, status, type, path, { as: who, ...request }) => {
      const unchanged = await roomNow();
      const url = path === '' ? room() : `${origin()}${path}`;
      const headers = who === 'guest' ? as(guest) : {};
      const { status: found, answer } = await ask(url, { ...request, headers });
      expect([found, answer.error.type]).toEqual([status, type]);
      expect(answer.error.msg).not.toBe('');
      expect(await roomNow()).toEqual(unchanged);
    });

    it('a change of somebody who is not there, with nothing else of it done', async () => {
      for (const what of ['kick', 'ban', 'host']) {
        const { status, answer } = await requests.change({ body: { locked: true, [what]: 'zoe' } });
        expect([status, answer.error.type]).toEqual([404, 'no-such-peer']);
      }
      expect(await roomNow()).toMatchObject({ locked: false });
    });

    it('and nobody else notices', async () => {
      await hostPeer.settle();
      expect(hostPeer.pending).toEqual([]);
    });
  });

  it('counts requests by address, and says when to ask again', async () => {
    const headers = { 'X-Forwarded-For': '192.0.2.7' };
    const { room } = await given(rooms(), { headers });
    const look = () => ask(`${rooms()}/${room.code}`, { method: 'GET', headers });
    for (let n = 0; n < 950; n += 50) {
      const some = await Promise.all(Array.from({ length: 50 }, look));
      expect(some.filter(({ status }) => status !== 200)).toEqual([]);
    }
    await Promise.all(Array.from({ length: 50 }, look));
    const { status, answer, response } = await look();
    expect([status, answer.error.type]).toEqual([429, 'too-many-requests']);
    expect(response.headers.get('Retry-After')).toBe('60');
    await given(rooms(), { headers: { 'X-Forwarded-For': '192.0.2.8' } });
  });

  it('keeps out the address of a banned player, and nobody who has a seat', async () => {
    const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
    const host = await given(rooms(), from('192.0.2.10'));
    await connect(origin(), host);
    const url = `${rooms()}/${host.room.code}`;
    const [bob, cid] = [
      await given(`${url}/seats`, from('192.0.2.11')),
      await given(`${url}/seats`, from('192.0.2.11')),
    ];
    const peer = await connect(origin(), bob);
    const { status } = await ask(url, {
      method: 'PATCH',
      body: { ban: bob.id },
      headers: { Authorization: `Bearer ${host.options.token}` },
    });
    expect(status).toBe(200);
    expect(await peer.next()).toMatchObject({ type: 'ERROR', payload: { type: 'kicked' } });
    const { answer } = await ask(`${url}/seats`, from('192.0.2.11'));
    expect(answer.error.type).toBe('banned');
    await given(`${url}/seats`, { ...from('192.0.2.11'), body: { token: cid.options.token } });
    await given(`${url}/seats`, from('192.0.2.12'));
  });

  it('says what the outside of a proxy is', async () => {
    const { options, room } = await given(rooms(), {
      headers: { 'X-Forwarded-Proto': 'https', Host: 'game.example' },
    });
    expect(options).toMatchObject({ secure: true });
    expect(room.url).toMatch(/^https:/);
  });

  it('can be asked for by a text, before which no browser asks whether it may', async () => {
    const headers = { 'Content-Type': 'text/plain;charset=UTF-8' };
    const host = await given(rooms(), { body: { name: 'Ann', size: 2 }, headers });
    expect(host.room).toMatchObject({ size: 2, peers: [{ id: host.id, name: 'Ann' }] });
  });

  it('can be asked for by a page of another origin, which asks first whether it may', async () => {
    const Origin = 'https://game.example';
    const preflight = await fetch(`${rooms()}/kumora`, {
      method: 'OPTIONS',
      headers: {
        Origin,
        'Access-Control-Request-Method': 'PATCH',
        'Access-Control-Request-Headers': 'authorization,content-type',
      },
    });
    expect(preflight.headers.get('Access-Control-Allow-Methods')).toContain('PATCH');
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toBe(
      'authorization,content-type',
    );
    const { response } = await ask(`${rooms()}/sasasasa`, { method: 'GET', headers: { Origin } });
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(Origin);
  });
});

describe('where tokens are signed', () => {
  const secret = 'a secret of at least thirty-two characters';
  const origin = useServer({
    JWT_SECRET: secret,
    PEERJS_KEY: 'mine',
    ALLOWED_ORIGINS: 'https://game.example',
  });
  const rooms = () => `${origin()}/mine/games/pong/rooms`;
  let count = 0;
  const signed = async (claims: object): Promise<Request> => {
    count += 1;
    const token = await new SignJWT({ jti: String(count), ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(secret));
    return { headers: { Authorization: `Bearer ${token}` } };
  };

  it('a list and a match need a token too, and the matched seat is for its sub', async () => {
    const matches = rooms().replace('/rooms', '/match');
    const list = (request: Request) => ask(rooms(), { ...request, method: 'GET' });
    const errors = [await ask(matches), await list({}), await ask(matches, await signed({}))];
    expect(errors.map(({ status, answer: { error } }) => [status, error.type])).toEqual(
      new Array(3).fill([401, 'invalid-token']),
    );
    expect((await list(await signed({}))).status).toBe(200);
    const eve = await given(matches, await signed({ sub: 'eve' }));
    expect(eve.id).toBe('eve');
    await connect(origin(), eve);
  });

  it('a seat is for the sub of the token, which opens the socket too', async () => {
    const ann = await given(rooms(), await signed({ sub: 'ann' }));
    expect(ann.id).toBe('ann');
    await connect(origin(), ann);
    const url = `${rooms()}/${ann.room.code}`;
    const bob = await given(`${url}/seats`, await signed({ sub: 'bob' }));
    const peer = await connect(origin(), bob);
    // With a newer token it is the same player.
    const again = await given(`${url}/seats`, await signed({ sub: 'bob' }));
    expect(again).toMatchObject({ id: 'bob', rejoined: true });
    const change = async (by: string, body: object) =>
      ask(url, { method: 'PATCH', body, ...(await signed({ sub: by })) });
    expect((await change('bob', { locked: true })).answer.error.type).toBe('not-the-host');
    expect((await change('ann', { ban: 'bob' })).status).toBe(200);
    expect(await peer.next()).toMatchObject({ payload: { type: 'kicked' } });
    const { answer } = await ask(`${url}/seats`, await signed({ sub: 'bob' }));
    expect(answer.error.type).toBe('banned');
  });

  it('what a room is needs a token too, also with its code', async () => {
    const { room } = await given(rooms(), await signed({ sub: 'ann' }));
    const look = (request: Request) =>
      ask(`${rooms()}/${room.code}`, { ...request, method: 'GET' });
    for (const request of [{}, await signed({})]) {
      const { status, answer } = await look(request);
      expect([status, answer.error.type]).toEqual([401, 'invalid-token']);
    }
    expect((await look(await signed({ sub: 'eve' }))).status).toBe(200);
  });

  it('a socket that asks for a seat has that of the sub of its token', async () => {
    const ann = await given(rooms(), await signed({ sub: 'ann' }));
    const { path, key } = ann.options;
    const come = async (id: string, claims: object) => {
      const { Authorization = '' } = (await signed(claims)).headers ?? {};
      const token = Authorization.slice('Bearer '.length);
      return new TestPeer(origin(), { id, path, key, token, ask: 'SEAT' });
    };
    const bob = await (await come('bob', { sub: 'bob' })).untilJoined();
    expect(await bob.next()).toMatchObject({ type: 'ROOM', payload: { you: 'bob', host: 'ann' } });
    for (const claims of [{}, { sub: 'ann' }]) {
      const refused = await come('bob', claims);
      expect(await refused.next()).toMatchObject({ payload: { type: 'invalid-token' } });
    }
  });

  it.each<[string, object | undefined]>([
    ['no token', undefined],
    ['a token for nobody in particular', {}],
    ['a token for another room', { sub: 'ann', room: '/room/pong/another' }],
    ['a token for an id that none can have', { sub: 'a\u0000' }],
  ])('a request with %s is refused', async (_, claims) => {
    const request = claims === undefined ? {} : await signed(claims);
    const { status, answer } = await ask(rooms(), request);
    expect([status, answer.error.type]).toEqual([401, 'invalid-token']);
  });

  it('a page of an origin that is not allowed gets no seat', async () => {
    const { headers } = await signed({ sub: 'ann' });
    const { status, answer } = await ask(rooms(), {
      headers: { ...headers, Origin: 'https://other.example' },
    });
    expect([status, answer.error.type]).toEqual([403, 'origin-not-allowed']);
  });
});

describe('below a path', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ path: '/myapp' });
  }, 120_000);
  afterAll(() => server?.stop());

  it.each([
    ['its own', '/myapp', '/myapp/room/pong/'],
    ['none', '', '/room/pong/'],
    ['that of a realm', '/another/game', '/room/pong/'],
  ])('of a server, %s, a seat says where its room is from there', async (_, below, path) => {
    const origin = `http://127.0.0.1:${server.port}`;
    const seat = await given(`${origin}${below}${ROOMS}`);
    expect(seat.options.path).toBe(path + seat.room.code);
    expect(seat.room.url).toBe(`${origin}${below}${ROOMS}/${seat.room.code}`);
    await connect(origin, seat);
    await given(`${seat.room.url}/seats`);
    const matched = await given(`${origin}${below}${ROOMS.replace('/rooms', '/match')}`);
    expect(matched.options.path).toBe(path + matched.room.code);
    expect(matched.room.url).toBe(`${origin}${below}${ROOMS}/${matched.room.code}`);
  });
});
