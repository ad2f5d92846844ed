import { setTimeout as sleep } from 'node:timers/promises';
import { HEARTBEAT, HEARTBEAT_ANSWER } from '../../src/protocol/messages.ts';
import type { TestPeer } from '../../tests/support/testPeer.ts';
import { takeFaults } from '../../tests/support/watchWire.ts';
import { must, mustBe, pathBelow, type Seat, Skipped, type Visit } from './Visit.ts';

/**
 * One thing that must be so. It throws if it is not, and `Skipped` where it cannot be known; what it
 * returns is shown beside its name.
 */
export interface Check {
  readonly name: string;
  run(visit: Visit): Promise<string | undefined>;
}

const OFFERS = 20;
/** Cloudflare puts an idle object to sleep after ten seconds. */
const UNTIL_ASLEEP_MS = 15_000;
const HEARTBEAT_MS = 5000;
/** A coordinator reports what it counted within two seconds, if it can. */
const UNTIL_REPORTED_MS = 20_000;

/** These depend on nothing but the server, so they run at the same time. */
export const CHECKS: readonly Check[] = [
  {
    name: 'It is healthy',
    async run(visit) {
      const answer = await visit.get('/health');
      mustBe('the status of /health', answer.status, 200);
      const { details } = (await answer.json()) as { details: { latencyMs: number } };
      return `a room answers in ${details.latencyMs} ms`;
    },
  },
  {
    name: 'Its pages are there, with all that they load',
    async run(visit) {
      let files = 0;
      for (const page of ['/', '/demo', '/dashboard']) {
        const html = await textOf(visit, page);
        for (const [, path] of html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)) {
          await textOf(visit, `/${path}`);
          files += 1;
        }
      }
      must(files >= 6, `the three pages load ${files} files`);
      return `${files} files`;
    },
  },
  {
    name: 'Pages of other sites may ask it (CORS)',
    async run(visit) {
      const { pageOrigin } = visit.target;
      const headers = { Origin: pageOrigin ?? 'https://smoke.example' };
      const path = `/${visit.target.key}/id`;
      const answer = await visit.get(path, { headers });
      const allowed = answer.headers.get('Access-Control-Allow-Origin');
      if (allowed === null && pageOrigin === undefined) {
        throw new Skipped('ALLOWED_ORIGINS is set: give one of them with --origin');
      }
      must(
        allowed === '*' || allowed === headers.Origin,
        `the origin that is allowed is ${allowed}`,
      );
      const preflight = await visit.get(path, {
        method: 'OPTIONS',
        headers: { ...headers, 'Access-Control-Request-Method': 'GET' },
      });
      mustBe('the status of a preflight', preflight.status, 204);
      return headers.Origin;
    },
  },
  {
    name: 'It gives each peer an id of its own',
    async run(visit) {
      const ids = [0, 1].map(async () => (await visit.get(`/${visit.target.key}/id`)).text());
      const [one = '', two = ''] = await Promise.all(ids);
      must(/^[\da-f-]{36}$/.test(one), `an id is ${JSON.stringify(one)}`);
      must(one !== two, 'two peers get the same id');
      return undefined;
    },
  },
  {
    name: 'An address that is nothing gets 404, as JSON',
    async run(visit) {
      const answer = await visit.get(`/${visit.name('nothing')}`);
      mustBe('the status', answer.status, 404);
      mustBe('the body', await answer.json(), { error: 'Not found' });
      return undefined;
    },
  },
  {
    name: 'ICE servers are there for who has the key',
    async run(visit) {
      const answer = await visit.get(await visit.endpoint(visit.room(), 'ice'));
      const { iceServers, degraded, error } = (await answer.json()) as {
        iceServers: { urls: string | string[] }[];
        degraded?: boolean;
        error?: { msg: string };
      };
      visit.skipWithoutToken(error?.msg);
      mustBe('the status of /ice', answer.status, 200);
      const urls = iceServers.flatMap((server) => server.urls);
      must(
        urls.some((url) => url.startsWith('stun')),
        `there is no STUN server in ${urls}`,
      );
      must(degraded !== true, 'TURN is set up, but the server cannot get credentials for it');
      const refused = await visit.get(await visit.endpoint(visit.room(), 'ice', 'wrong-key'));
      mustBe('the status of /ice with a wrong key', refused.status, 401);
      return urls.some((url) => url.startsWith('turn')) ? 'STUN and TURN' : 'STUN only';
    },
  },
  {
    name: 'Its numbers are closed to strangers',
    async run(visit) {
      const headers = { Accept: 'application/json' };
      const answer = await visit.get('/metrics', { headers });
      if ([401, 403, 404].includes(answer.status)) return `status ${answer.status}`;
      mustBe('the status of /metrics without a token', answer.status, 200);
      if (isOnThisMachine(visit))
        throw new Skipped('on its own machine all programs may read them');
      const { rooms } = (await answer.json()) as { rooms: { name: string }[] };
      must(
        rooms.every(({ name }) => name === ''),
        'anybody may read the names of rooms at /metrics',
      );
      return 'anybody may read the numbers, and no names';
    },
  },
  {
    name: 'A heartbeat is answered',
    async run(visit) {
      const peer = await visit.join(visit.room());
      peer.send(HEARTBEAT);
      await peer.next();
      mustBe('the answer', peer.received.at(-1), HEARTBEAT_ANSWER);
      return undefined;
    },
  },
  {
    name: 'Two players in a room exchange messages',
    async run(visit) {
      const { alice, bob } = await twoIn(visit, visit.room());
      alice.send({ type: 'OFFER', dst: bob.id, payload: 'offer' });
      await mustGet(bob, { type: 'OFFER', src: alice.id, dst: bob.id, payload: 'offer' });
      bob.send({ type: 'ANSWER', dst: alice.id, payload: 'answer' });
      await mustGet(alice, { type: 'ANSWER', src: bob.id, dst: alice.id, payload: 'answer' });
      return undefined;
    },
  },
  {
    name: 'Outside of rooms, too',
    async run(visit) {
      const { alice, bob } = await twoIn(visit, '/');
      alice.send({ type: 'OFFER', dst: bob.id, payload: 'offer' });
      await mustGet(bob, { type: 'OFFER', src: alice.id, dst: bob.id, payload: 'offer' });
      return undefined;
    },
  },
  {
    name: 'Messages keep their order',
    async run(visit) {
      const { alice, bob } = await twoIn(visit, visit.room());
      const payloads = Array.from({ length: OFFERS }, (_, number) => number);
      for (const payload of payloads) alice.send({ type: 'CANDIDATE', dst: bob.id, payload });
      for (const payload of payloads) {
        await mustGet(bob, { type: 'CANDIDATE', src: alice.id, dst: bob.id, payload });
      }
      return `${OFFERS} of ${OFFERS}`;
    },
  },
  {
    name: 'Nobody can speak for somebody else',
    async run(visit) {
      const { alice, bob } = await twoIn(visit, visit.room());
      alice.send({ type: 'OFFER', src: 'somebody else', dst: bob.id, payload: 'offer' });
      await mustGet(bob, { type: 'OFFER', src: alice.id, dst: bob.id, payload: 'offer' });
      return undefined;
    },
  },
  {
    name: 'A message waits for a player who comes a moment later',
    async run(visit) {
      const room = visit.room();
      const alice = await visit.join(room);
      const id = visit.name('late');
      alice.send({ type: 'OFFER', dst: id, payload: 'offer' });
      await alice.settle();
      const late = await visit.join(room, { id });
      await mustGet(late, { type: 'OFFER', src: alice.id, dst: id, payload: 'offer' });
      return undefined;
    },
  },
  {
    name: 'A call to nobody expires',
    async run(visit) {
      const alice = await visit.join(visit.room());
      const nobody = visit.name('nobody');
      const start = performance.now();
      alice.send({ type: 'OFFER', dst: nobody, payload: 'offer' });
      await mustGet(alice, { type: 'EXPIRE', src: nobody, dst: alice.id });
      return `after ${since(start)}`;
    },
  },
  {
    name: 'The others learn that a page was closed',
    async run(visit) {
      const { alice, bob } = await twoIn(visit, visit.room());
      await followRoom(alice);
      bob.socket.close(1001);
      // LEAVE comes before the room without the player.
      const frame = await alice.next();
      if (frame.type === 'ROOM' && (await forgetsLostPlayers(visit))) {
        throw new Skipped('LEAVE_GRACE_MS is off');
      }
      mustBe('what a peer gets', [frame.type, frame.src], ['LEAVE', bob.id]);
      return undefined;
    },
  },
  {
    name: 'A player who lost the network comes back, and the others notice nothing',
    async run(visit) {
      const room = visit.room();
      const { alice, bob } = await twoIn(visit, room);
      bob.vanish();
      const back = await visit.join(room, { id: bob.id, token: bob.token });
      back.send({ type: 'OFFER', dst: alice.id, payload: 'back' });
      await mustGet(alice, { type: 'OFFER', src: bob.id, dst: alice.id, payload: 'back' });
      return undefined;
    },
  },
  {
    name: 'The same player takes over from the older socket',
    async run(visit) {
      const room = visit.room();
      const older = await visit.join(room);
      await visit.join(room, { id: older.id, token: older.token });
      mustBe('the close', await older.untilClosed(), { code: 4000, reason: 'replaced' });
      return 'closed with 4000';
    },
  },
  {
    name: 'Somebody else does not get a taken id',
    async run(visit) {
      if (visit.target.jwt !== undefined) throw new Skipped('a signed token owns its id');
      const room = visit.room();
      const alice = await visit.join(room);
      const other = await visit.knock(room, { id: alice.id });
      await mustRefuse(other, 'ID-TAKEN', 'id-taken');
      return 'closed with 1008';
    },
  },
  {
    name: 'A wrong key is refused',
    async run(visit) {
      await mustRefuse(
        await visit.knock(visit.room(), { key: 'wrong-key' }),
        'ERROR',
        'invalid-key',
      );
      return 'closed with 1008';
    },
  },
  {
    name: 'A join without a token is refused',
    async run(visit) {
      const peer = await visit.knock(visit.room(), { token: '' });
      await mustRefuse(peer, 'ERROR', 'missing-parameters');
      return 'closed with 1008';
    },
  },
  {
    name: 'A full room takes nobody else',
    async run(visit) {
      const room = visit.room();
      const alice = await visit.join(room);
      alice.send({ type: 'ROOM' });
      const { size: seats } = (await alice.next()).payload as { size: number };
      if (seats > 16) throw new Skipped(`MAX_PEERS_PER_ROOM is ${seats}: too many to try`);
      await Promise.all(Array.from({ length: seats - 1 }, () => visit.join(room)));
      await mustRefuse(await visit.knock(room), 'ERROR', 'room-full');
      return `${seats} seats`;
    },
  },
  {
    name: 'The players in a room are listed',
    async run(visit) {
      const room = visit.room();
      const { alice, bob } = await twoIn(visit, room);
      const answer = await visit.get(await visit.endpoint(room, 'peers'));
      if (answer.status === 401) throw new Skipped('ALLOW_DISCOVERY is none');
      mustBe('the list', await answer.json(), [alice.id, bob.id]);
      return undefined;
    },
  },
  {
    name: 'A member that asks is told the room and its host',
    async run(visit) {
      const { alice, bob } = await twoIn(visit, visit.room());
      bob.send({ type: 'ROOM' });
      const { payload } = await bob.next();
      const { you, host, peers } = payload as {
        you: string;
        host: string;
        peers: { id: string }[];
      };
      mustBe(
        'the room',
        [you, host, peers.map(({ id }) => id)],
        [bob.id, alice.id, [alice.id, bob.id]],
      );
      return undefined;
    },
  },
  {
    name: 'A room made by HTTP says at which address a client finds it',
    async run(visit) {
      const { options } = await visit.seat(visit.name('game'), '/rooms');
      const found = new URL(
        `${options.secure ? 'https' : 'http'}://${options.host}:${options.port}`,
      );
      const { origin } = new URL(visit.target.address);
      must(
        found.origin === origin,
        `it says ${found.origin}. A proxy must pass on Host and X-Forwarded-Proto, and TRUST_PROXY be set`,
      );
      return undefined;
    },
  },
  {
    name: 'A room made by HTTP gives seats by its code, to who knows its password',
    async run(visit) {
      const game = visit.name('game');
      const ann = await visit.seat(game, '/rooms', { size: 2, password: 'moon' });
      const seats = `/rooms/${ann.room.code}/seats`;
      const wrong = await visit.askRooms(game, seats, { body: { password: 'sun' } });
      mustBe('a wrong password', [wrong.status, wrong.type], [403, 'wrong-password']);
      const bob = await visit.seat(game, seats, { password: 'moon' });
      const full = await visit.askRooms(game, seats, { body: { password: 'moon' } });
      mustBe('a third of two seats', [full.status, full.type], [409, 'room-full']);
      const [alice, other] = [await visit.sit(ann), await visit.sit(bob)];
      other.send({ type: 'OFFER', dst: ann.id, payload: 'offer' });
      await mustGet(alice, { type: 'OFFER', src: bob.id, dst: ann.id, payload: 'offer' });
      return `the code is ${ann.room.code}`;
    },
  },
  {
    name: 'Nobody comes into it without a seat, for which a socket may ask',
    async run(visit) {
      const { room } = await visit.seat(visit.name('game'), '/rooms', { size: 2 });
      const path = pathBelow(room.path);
      await mustRefuse(await visit.knock(path), 'ERROR', 'seat-required');
      await visit.join(path, { ask: 'SEAT' });
      await mustRefuse(await visit.knock(path, { ask: 'SEAT' }), 'ERROR', 'room-full');
      return 'closed with 1008';
    },
  },
  {
    name: 'Its host removes a player, and nobody else does',
    async run(visit) {
      const game = visit.name('game');
      const host = await visit.seat(game, '/rooms');
      const guest = await visit.seat(game, `/rooms/${host.room.code}/seats`);
      await visit.sit(host);
      const peer = await visit.sit(guest);
      const kick = (by: Seat, id: string) =>
        visit.askRooms(game, `/rooms/${host.room.code}`, {
          method: 'PATCH',
          body: { kick: id },
          token: by.options.token,
        });
      const refused = await kick(guest, host.id);
      mustBe('what a guest gets', [refused.status, refused.type], [403, 'not-the-host']);
      mustBe('what the host gets', (await kick(host, guest.id)).status, 200);
      mustBe('the close', await peer.untilClosed(), { code: 1008, reason: 'kicked' });
      return 'closed with 1008';
    },
  },
  {
    name: 'Two strangers are matched',
    async run(visit) {
      const game = visit.name('game');
      const ann = await visit.seat(game, '/match', { size: 2 });
      const bob = await visit.seat(game, '/match', { size: 2 });
      mustBe('the room of the second', bob.room.code, ann.room.code);
      await visit.sit(ann);
      await visit.sit(bob);
      return undefined;
    },
  },
  {
    name: 'It counts what happens',
    async run(visit) {
      await visit.metrics();
      const room = visit.room();
      await visit.join(room);
      await eventually(async () => (await visit.metrics()).rooms.some(({ name }) => name === room));
      return undefined;
    },
  },
];

/** These come after all others, one by one. */
export const LAST_CHECKS: readonly Check[] = [
  {
    name: 'A room sleeps, keeps its players, and wakes for a message',
    async run(visit) {
      if ((await visit.metrics()).counters.wakes === 0) throw new Skipped('on Node no room sleeps');
      const room = visit.room();
      const { alice, bob } = await twoIn(visit, room);
      for (let idle = 0; idle < UNTIL_ASLEEP_MS; idle += HEARTBEAT_MS) {
        for (const peer of [alice, bob]) {
          peer.send(HEARTBEAT);
          await peer.next();
        }
        await sleep(HEARTBEAT_MS);
      }
      const before = (await visit.metrics()).counters.wakes;
      const start = performance.now();
      alice.send({ type: 'OFFER', dst: bob.id, payload: 'are you there?' });
      await mustGet(bob, { type: 'OFFER', src: alice.id, dst: bob.id, payload: 'are you there?' });
      const detail = `the message took ${since(start)}`;
      // A wake is written down, and reported with the next join.
      await visit.join(room);
      await eventually(async () => (await visit.metrics()).counters.wakes > before);
      return detail;
    },
  },
  {
    name: 'Every frame was as docs/asyncapi.yaml says',
    async run(visit) {
      if (new URL(visit.target.address).pathname !== '/') throw new Skipped('it is below a path');
      const [fault] = takeFaults();
      must(fault === undefined, fault ?? '');
      return undefined;
    },
  },
];

async function twoIn(visit: Visit, path: string): Promise<{ alice: TestPeer; bob: TestPeer }> {
  const alice = await visit.join(path);
  const bob = await visit.join(path);
  return { alice, bob };
}

/** From now on the peer gets ROOM at every change. */
async function followRoom(peer: TestPeer): Promise<void> {
  peer.send({ type: 'ROOM' });
  mustBe('the answer to ROOM', (await peer.next()).type, 'ROOM');
}

/** Whether a player that lost its network is gone at once, and nobody is told: LEAVE_GRACE_MS is off. */
async function forgetsLostPlayers(visit: Visit): Promise<boolean> {
  const { alice, bob } = await twoIn(visit, visit.room());
  await followRoom(alice);
  bob.vanish();
  const { type, payload } = await alice.next();
  if (type !== 'ROOM') return false;
  return (payload as { peers: { id: string }[] }).peers.every(({ id }) => id !== bob.id);
}

/** The next frame of a peer must be this one. The fields are in any order. */
async function mustGet(peer: TestPeer, expected: Readonly<Record<string, unknown>>): Promise<void> {
  const frame = (await peer.next()) as unknown as Readonly<Record<string, unknown>>;
  const names = [...new Set([...Object.keys(expected), ...Object.keys(frame)])];
  const isSame = names.every((name) => frame[name] === expected[name]);
  must(isSame, `a peer gets ${JSON.stringify(frame)}, not ${JSON.stringify(expected)}`);
}

async function mustRefuse(peer: TestPeer, type: string, reason: string): Promise<void> {
  const frame = await peer.next();
  mustBe('the answer', frame.type, type);
  mustBe('the close', await peer.untilClosed(), { code: 1008, reason });
}

/** Waits until it is so. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const start = performance.now();
  while (!(await isSo())) {
    must(performance.now() - start < UNTIL_REPORTED_MS, 'it is not at /metrics after 20 s');
    await sleep(500);
  }
}

/** A page or a file of the server. */
async function textOf(visit: Visit, path: string): Promise<string> {
  const answer = await visit.get(path, { headers: { Accept: 'text/html,*/*' } });
  mustBe(`the status of ${path}`, answer.status, 200);
  return answer.text();
}

function isOnThisMachine(visit: Visit): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(visit.target.address).hostname);
}

function since(start: number): string {
  return `${Math.round(performance.now() - start)} ms`;
}
