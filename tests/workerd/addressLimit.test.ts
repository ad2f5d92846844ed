import { env, exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { settingsOf } from '../../src/settings.ts';
import { WorkerPeer } from '../support/workerPeer.ts';

const LIMIT = settingsOf(env).joinsPerMinute;

/** Joins from an address, and says what the first frame is, or how the socket is closed instead. */
async function joinFrom(address: string): Promise<unknown> {
  const headers = { 'CF-Connecting-IP': address };
  const peer = await WorkerPeer.connect({ path: '/limited', headers });
  const frame = await peer.next().catch(() => peer.closed);
  peer.socket.close();
  return frame;
}

/** Without an ERROR, at which PeerJS would give up. */
const REFUSED = { code: 1013, reason: 'try again later' };

/**
 * The limit starts anew with each minute of the clock. Where one begins meanwhile, the whole is done
 * again.
 *
 * @param count is given a number for its addresses, another one each time.
 */
async function inOneMinute(count: (attempt: number) => Promise<void>): Promise<void> {
  const minute = () => Math.floor(Date.now() / 60_000);
  for (let attempt = 0; ; attempt += 1) {
    const start = minute();
    try {
      await count(attempt);
      return;
    } catch (error) {
      if (minute() === start) throw error;
    }
  }
}

it('lets an address join so often in a minute, and no other address pays for it', () =>
  inOneMinute(async (attempt) => {
    const address = `203.0.113.${attempt}`;
    for (let n = 0; n < LIMIT; n += 1) expect(await joinFrom(address)).toEqual({ type: 'OPEN' });
    expect(await joinFrom(address)).toEqual(REFUSED);
    expect(await joinFrom(`198.51.100.${attempt}`)).toEqual({ type: 'OPEN' });
  }));

it('counts IPv6 by the /56, which one household has', () =>
  inOneMinute(async (attempt) => {
    const household = `2001:db8:${attempt}:`;
    for (let n = 0; n < LIMIT; n += 1) {
      const address = `${household}${(n % 256).toString(16)}::${n.toString(16)}`;
      expect(await joinFrom(address)).toEqual({ type: 'OPEN' });
    }
    expect(await joinFrom(`${household}2:ffff::1`)).toEqual(REFUSED);
    expect(await joinFrom(`${household}100::1`)).toEqual({ type: 'OPEN' });
  }));

it('answers requests for ICE servers so often, counted by themselves', () =>
  inOneMinute(async (attempt) => {
    const address = `192.0.2.${attempt}`;
    const ask = () =>
      exports.default.fetch(
        new Request('http://localhost/peerjs/ice', { headers: { 'CF-Connecting-IP': address } }),
      );
    for (let n = 0; n < LIMIT; n += 1) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('Retry-After')).toBe('60');
    expect(await joinFrom(address)).toEqual({ type: 'OPEN' });
  }));

it('answers requests for a list so often, if nobody near has just asked for the same one', () =>
  inOneMinute(async (attempt) => {
    const address = `192.0.2.${100 + attempt}`;
    const ask = async (query: string) => {
      const url = `http://localhost/peerjs/games/pong/rooms?meta.mode=${query}`;
      const headers = { 'CF-Connecting-IP': address };
      return (await exports.default.fetch(new Request(url, { headers }))).status;
    };
    for (let n = 0; n < LIMIT + 20; n += 1) expect(await ask('duel')).toBe(200);
    const statuses: number[] = [];
    for (let n = 0; n <= LIMIT; n += 1) statuses.push(await ask(`${attempt}-${n}`));
    expect([statuses[0], statuses.at(-1)]).toEqual([200, 429]);
    expect(await joinFrom(address)).toEqual({ type: 'OPEN' });
  }));

it('lets an address try ten wrong codes in a minute, and no other address pays for it', () =>
  inOneMinute(async (attempt) => {
    const guess = async (address: string) => {
      const url = 'http://localhost/peerjs/games/pong/rooms/kumorata';
      const headers = { 'CF-Connecting-IP': address };
      return (await exports.default.fetch(new Request(url, { headers }))).status;
    };
    const statuses: number[] = [];
    for (let n = 0; n < 12; n += 1) statuses.push(await guess(`192.0.2.${200 + attempt}`));
    expect(statuses).toEqual([...new Array<number>(10).fill(404), 429, 429]);
    expect(await guess(`198.51.100.${200 + attempt}`)).toBe(404);
  }));

it('has the binding that counts', () => {
  expect(env.ADDRESS_LIMITER).toBeDefined();
  expect(env.GUESS_LIMITER).toBeDefined();
});
