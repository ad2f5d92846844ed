import { describe, expect, it } from 'vitest';
import { useServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

/** A seat, as far as these tests need it. */
interface Seat {
  readonly id: string;
  readonly options: { readonly path: string; readonly token: string };
  readonly room: { readonly code: string; readonly path: string };
}

interface Listed {
  readonly code: string;
  readonly taken: number;
  readonly host: { readonly name: string };
}

interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

const origin = useServer({ TRUST_PROXY: '1', JOINS_PER_MINUTE: '100000' });

let games = 0;

/** A game that no other test uses. */
function newGame(): string {
  games += 1;
  return `game-${games}`;
}

/** @param from the address of the client. */
async function ask<T>(
  path: string,
  init: RequestInit = {},
  from = '203.0.113.1',
): Promise<Answer<T>> {
  const headers = { 'X-Forwarded-For': from, ...init.headers };
  const response = await fetch(`${origin()}/peerjs/games/${path}`, { ...init, headers });
  return { status: response.status, headers: response.headers, body: (await response.json()) as T };
}

function post<T>(path: string, body: unknown = {}, from?: string): Promise<Answer<T>> {
  const init = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  return ask(path, init, from);
}

async function seatAt(path: string, body: unknown = {}, from?: string): Promise<Seat> {
  const answer = await post<Seat>(path, body, from);
  expect(answer, path).toMatchObject({ status: 201 });
  return answer.body;
}

function connect({ id, options: { path, token } }: Seat): Promise<TestPeer> {
  return TestPeer.open(origin(), { path, id, token });
}

async function list(game: string, query = ''): Promise<Listed[]> {
  return (await ask<{ rooms: Listed[] }>(`${game}/rooms${query}`)).body.rooms;
}

const codesOf = async (game: string, query?: string) =>
  (await list(game, query)).map(({ code }) => code);

let looks = 0;

/** The list as it is now: one with another limit is none of the last two seconds. */
function codesNow(game: string): Promise<string[]> {
  looks += 1;
  return codesOf(game, `?limit=${10 + (looks % 90)}`);
}

/** A change is shown within three seconds, on a machine that has time. */
const SOON = { interval: 50 };

describe('quick match', () => {
  it('gives 200 clients at once 50 rooms of four, each told that it has started', async () => {
    const game = newGame();
    const seats = await Promise.all(
      Array.from({ length: 200 }, () => seatAt(`${game}/match`, { size: 4 })),
    );
    const rooms = Map.groupBy(seats, ({ room }) => room.code);
    expect([...rooms.values()].map((each) => each.length)).toEqual(new Array(50).fill(4));
    expect(new Set(seats.map(({ id }) => id)).size).toBe(200);
    const peers = await Promise.all(seats.map(connect));
    for (const peer of peers) peer.send({ type: 'ROOM' });
    for (const peer of peers) await untilStarted(peer);
    for (const peer of peers) peer.vanish();
  });

  it('sends players of other sizes and modes to other rooms', async () => {
    const game = newGame();
    const wishes = [{}, { size: 2 }, { mode: 'duel' }, { size: 2, mode: 'duel' }];
    const seats = [];
    for (const wish of [...wishes, ...wishes]) seats.push(await seatAt(`${game}/match`, wish));
    const codes = seats.map(({ room }) => room.code);
    expect(new Set(codes.slice(0, 4)).size).toBe(4);
    expect(codes.slice(4)).toEqual(codes.slice(0, 4));
  });

  it('sends the next player to a room that somebody has left', async () => {
    const game = newGame();
    const [ann, bob] = [
      await seatAt(`${game}/match`, { size: 3 }),
      await seatAt(`${game}/match`, { size: 3 }),
    ];
    const peer = await connect(ann);
    await (await connect(bob)).close(1001);
    await seatAt(`${game}/match`, { size: 3 });
    await expect
      .poll(async () => (await seatAt(`${game}/match`, { size: 3 })).room.code, SOON)
      .toBe(ann.room.code);
    peer.vanish();
  });

  it('shows its rooms to nobody else', async () => {
    const game = newGame();
    await seatAt(`${game}/match`);
    expect(await list(game)).toEqual([]);
  });
});

/** Waits for the ROOM frame that says that the match is complete. */
async function untilStarted(peer: TestPeer): Promise<void> {
  for (;;) {
    const { type, payload } = await peer.next();
    if (type === 'ROOM' && (payload as { started?: boolean }).started === true) return;
  }
}

describe('the list', () => {
  it('shows a public room, and what it says of itself', async () => {
    const game = newGame();
    const meta = { mode: 'duel' };
    expect(await list(game)).toEqual([]);
    const { room } = await seatAt(`${game}/rooms`, { public: true, size: 2, name: 'Ann', meta });
    await expect.poll(() => codesOf(game), SOON).toEqual([room.code]);
    expect(await list(game, '?meta.mode=duel')).toEqual([
      {
        code: room.code,
        size: 2,
        taken: 1,
        password: false,
        meta,
        host: { name: 'Ann' },
        age: expect.any(Number),
      },
    ]);
    expect(await list(game, '?meta.mode=race')).toEqual([]);
  });

  it('shows the newest first, and no more than it is asked for', async () => {
    const game = newGame();
    const codes: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      codes.unshift((await seatAt(`${game}/rooms`, { public: true })).room.code);
    }
    await expect.poll(() => codesOf(game), SOON).toEqual(codes);
    expect(await codesOf(game, '?limit=2')).toEqual(codes.slice(0, 2));
  });

  it('shows no room that is not public', async () => {
    const game = newGame();
    await seatAt(`${game}/rooms`);
    const { room } = await seatAt(`${game}/rooms`, { public: true });
    await expect.poll(() => codesOf(game), SOON).toEqual([room.code]);
  });

  it('drops a room that is full, locked, private or left, and shows it when it is not', async () => {
    const game = newGame();
    const seat = await seatAt(`${game}/rooms`, { public: true, size: 2 });
    const host = await connect(seat);
    const { code } = seat.room;
    const isListed = () => expect.poll(() => codesNow(game), SOON).toEqual([code]);
    const isNot = () => expect.poll(() => codesNow(game), SOON).toEqual([]);
    const change = (body: unknown) =>
      ask(`${game}/rooms/${code}`, {
        method: 'PATCH',
        headers: {
          'Content-Type': 'application/json',
          Authorization: `Bearer ${seat.options.token}`,
        },
        body: JSON.stringify(body),
      });
    await isListed();
    const guest = await connect(await seatAt(`${game}/rooms/${code}/seats`));
    await isNot();
    await guest.close(1001);
    await isListed();
    expect((await change({ locked: true })).status).toBe(200);
    await isNot();
    expect((await change({ locked: false })).status).toBe(200);
    await isListed();
    expect((await change({ public: false })).status).toBe(200);
    await isNot();
    expect((await change({ public: true })).status).toBe(200);
    await isListed();
    await host.close(1001);
    await isNot();
  });

  it('may be kept for two seconds in all, wherever it is kept', async () => {
    const game = newGame();
    for (let count = 0; count < 3; count += 1) {
      const { headers } = await ask(`${game}/rooms`);
      expect(headers.get('Cache-Control')).toBe('max-age=2');
      expect(Number(headers.get('Age'))).toBeLessThanOrEqual(2);
    }
  });
});

describe('wrong codes and passwords', () => {
  const wrong = (game: string, from: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, () => ask<unknown>(`${game}/rooms/kumorata`, {}, from)),
    );

  it('are refused after ten, for that address alone', async () => {
    const game = newGame();
    const { room } = await seatAt(`${game}/rooms`);
    const answers = await wrong(game, '203.0.113.7', 30);
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([...new Array(10).fill(404), ...new Array(20).fill(429)]);
    const refused = await post(`${game}/rooms/${room.code}/seats`, {}, '203.0.113.7');
    expect(refused).toMatchObject({ status: 429, body: { error: { type: 'too-many-requests' } } });
    expect(refused.headers.get('Retry-After')).toBe('60');
    await seatAt(`${game}/rooms/${room.code}/seats`, {}, '203.0.113.8');
  });

  it('count together, whatever is asked of the room, and also where the code can be none', async () => {
    const game = newGame();
    const { room } = await seatAt(`${game}/rooms`, { password: 'secret' });
    const from = '203.0.113.9';
    const patch = {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer x' },
      body: '{}',
    };
    const statuses = [];
    for (let count = 0; count < 3; count += 1) {
      const password = `wrong-${count}`;
      statuses.push((await post(`${game}/rooms/${room.code}/seats`, { password }, from)).status);
      statuses.push((await ask(`${game}/rooms/kumorata`, patch, from)).status);
      statuses.push((await ask(`${game}/rooms/xyz`, {}, from)).status);
    }
    statuses.push((await post(`${game}/rooms/kumorata/seats`, {}, from)).status);
    expect(statuses).toEqual([...new Array(3).fill([403, 404, 404]).flat(), 404]);
    const right = await post(`${game}/rooms/${room.code}/seats`, { password: 'secret' }, from);
    expect(right.status).toBe(429);
  });

  it('keep out none of a hundred players of one address who know their code', async () => {
    const game = newGame();
    const { room } = await seatAt(`${game}/rooms`, { size: 32 });
    const school = '203.0.113.10';
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async () => {
        return (await ask(`${game}/rooms/${room.code}`, {}, school)).status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

describe('a request that is not valid', () => {
  it.each<[string, RequestInit, number, string, string]>([
    ['Pong/rooms', {}, 400, 'invalid-request', 'The game must have'],
    [`${'x'.repeat(41)}/rooms`, {}, 400, 'invalid-request', 'The game must have'],
    ['pong/rooms?limit=0', {}, 400, 'invalid-request', 'limit must be'],
    ['pong/rooms?limit=abc', {}, 400, 'invalid-request', 'limit must be'],
    ['pong/rooms?mode=duel', {}, 400, 'invalid-request', 'mode is no field'],
    ['pong/match', { body: '{' }, 400, 'invalid-request', 'The body must be JSON'],
    ['pong/match', { body: '[]' }, 400, 'invalid-request', 'The body must be an object'],
    ['pong/match', { body: '{"size":1}' }, 400, 'invalid-request', 'size must be'],
    ['pong/match', { body: '{"size":"4"}' }, 400, 'invalid-request', 'size must be'],
    ['pong/match', { body: '{"mode":4}' }, 400, 'invalid-request', 'mode must be'],
    ['pong/match', { body: '{"mode":"a\\u0000"}' }, 400, 'invalid-request', 'mode must have'],
    ['pong/match', { body: '{"public":true}' }, 400, 'invalid-request', 'public is no field'],
    [
      'pong/match',
      { body: `{"name":"${'x'.repeat(17_000)}"}` },
      400,
      'invalid-request',
      'The body',
    ],
  ])('%s %j is answered by a sentence that says so', async (path, init, status, type, msg) => {
    const isPost = init.body !== undefined;
    const headers = { 'Content-Type': 'application/json' };
    const answer = await ask(path, isPost ? { method: 'POST', headers, ...init } : init);
    expect(answer).toMatchObject({ status, body: { error: { type } } });
    expect(answer.body).toMatchObject({ error: { msg: expect.stringContaining(msg) } });
  });

  it('is one with another key or another type of content', async () => {
    const wrongKey = await fetch(`${origin()}/another/games/pong/rooms`);
    expect(wrongKey.status).toBe(401);
    await wrongKey.text();
    const form = { method: 'POST', headers: { 'Content-Type': 'text/html' }, body: '{}' };
    expect(await ask('pong/match', form)).toMatchObject({
      status: 400,
      body: { error: { type: 'invalid-request' } },
    });
  });
});

describe('a socket, or a list of peers, where a room with a code may be', () => {
  const GAME = 'guessed';
  const CODES = ['kumora', 'bajifo', 'rutasi', 'fojibu', 'tatota', 'mikasa', 'sarito', 'jomuka'];

  async function firstFrame(path: string, from: string, seat?: Seat): Promise<unknown> {
    const peer = new TestPeer(origin(), {
      path,
      headers: { 'X-Forwarded-For': from },
      ...(seat && { id: seat.id, token: seat.options.token }),
    });
    const frame = await peer.next().catch(() => undefined);
    peer.vanish();
    return frame === undefined ? peer.closed : frame.type;
  }

  it('is a guess: after ten the address is turned away, except for a player with a seat', async () => {
    const from = '203.0.113.20';
    const seat = await seatAt(`${GAME}/rooms`);
    for (const code of CODES) {
      expect(await firstFrame(`/room/${GAME}/${code}`, from)).toBe('OPEN');
    }
    const peers = `${origin()}/room/${GAME}/kurisu/peerjs/peers`;
    const listed = await fetch(peers, { headers: { 'X-Forwarded-For': from } });
    expect([listed.status, await listed.json()]).toEqual([200, []]);
    expect(await firstFrame(seat.options.path, from)).toBe('ERROR');
    const turnedAway = { code: 1013, reason: 'try again later' };
    expect(await firstFrame(seat.options.path, from)).toEqual(turnedAway);
    expect(await firstFrame(`/room/${GAME}/sakutami`, from)).toEqual(turnedAway);
    const refused = await fetch(peers, { headers: { 'X-Forwarded-For': from } });
    expect([refused.status, await refused.json()]).toEqual([
      429,
      {
        error: {
          type: 'too-many-requests',
          msg: 'Too many requests from this address: try again in a minute',
        },
      },
    ]);
    expect(await firstFrame(seat.options.path, from, seat)).toBe('OPEN');
  });

  it('is a guess too where it asks for a seat, and is told so after ten', async () => {
    const game = newGame();
    const from = '203.0.113.22';
    const open = await seatAt(`${game}/rooms`);
    const locked = await seatAt(`${game}/rooms`, { password: 'secret' });
    const errorAt = async (path: string, address = from) => {
      const headers = { 'X-Forwarded-For': address };
      const peer = new TestPeer(origin(), { path, headers, ask: 'SEAT' });
      const { type, payload } = await peer.next();
      peer.vanish();
      return type === 'ERROR' ? (payload as { type: string }).type : type;
    };
    for (let count = 0; count < 5; count += 1) {
      expect(await errorAt(`/room/${game}/kumorata`)).toBe('no-such-room');
      expect(await errorAt(locked.options.path)).toBe('wrong-password');
    }
    expect(await errorAt(open.options.path)).toBe('too-many-requests');
    expect(await errorAt(open.options.path, '203.0.113.23')).toBe('OPEN');
  });

  it('is none where the room is there, or where its name can be no code', async () => {
    const from = '203.0.113.21';
    const host = await TestPeer.open(origin(), { path: `/room/${GAME}/makuta` });
    for (let count = 0; count < 12; count += 1) {
      expect(await firstFrame(`/room/${GAME}/makuta`, from)).toBe('OPEN');
      expect(await firstFrame(`/room/${GAME}/table-${count}`, from)).toBe('OPEN');
    }
    host.vanish();
  });
});
