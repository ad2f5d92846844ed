import { errors, type LocalJWKSet } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PublishedKeys } from './PublishedKeys.ts';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a key server does with a request. */
type Behaviour = 'hangs' | 'fails' | { readonly kid: string };

/** The keys of a server, which behaves as it is told. */
function keysOf(first: Behaviour) {
  const server = { behaves: first, requests: 0 };
  const behind: Promise<void>[] = [];
  const keys = new PublishedKeys('https://issuer.example/keys', (_url, init) => {
    server.requests += 1;
    const { behaves } = server;
    if (behaves === 'fails') return Promise.resolve(new Response(null, { status: 500 }));
    if (behaves !== 'hangs') {
      return Promise.resolve(Response.json({ keys: [{ kty: 'oct', k: 'AA', kid: behaves.kid }] }));
    }
    return new Promise((_resolve, reject) => {
      // AbortSignal.timeout is no fake timer.
      setTimeout(() => reject(init?.signal?.reason ?? new Error('timeout')), 2000);
    });
  });
  /** The ids of the keys that a request is given, where it looks for one of them. */
  const ask = (kid: string) =>
    keys.with(
      async (set: LocalJWKSet) => {
        const kids = set.jwks().keys.map((key) => key.kid);
        if (!kids.includes(kid)) throw new errors.JWKSNoMatchingKey();
        return kids;
      },
      (work) => behind.push(work),
    );
  /** What a request gets, and how many milliseconds it takes. */
  const timed = async (kid: string) => {
    const start = Date.now();
    const outcome = ask(kid).catch((error: Error) => error.message);
    let isOver = false;
    void outcome.then(() => {
      isOver = true;
    });
    for (let n = 0; n < 10_000 && !isOver; n += 1) await vi.advanceTimersByTimeAsync(1);
    return { outcome: await outcome, took: Date.now() - start };
  };
  return { server, ask, timed, behind };
}

describe('the last good keys', () => {
  it('serve at once for a day, while the key server fails or hangs', async () => {
    const { server, timed } = keysOf({ kid: 'a' });
    await timed('a');
    for (const behaves of ['fails', 'hangs'] as const) {
      server.behaves = behaves;
      for (let hour = 1; hour <= 11; hour += 1) {
        vi.setSystemTime(START + (behaves === 'fails' ? hour : 12 + hour) * HOUR);
        const { outcome, took } = await timed('a');
        expect(outcome).toEqual(['a']);
        expect(took).toBeLessThan(20);
        await vi.advanceTimersByTimeAsync(3000);
      }
    }
  });

  it('serve no longer than that', async () => {
    const { server, timed } = keysOf({ kid: 'a' });
    await timed('a');
    server.behaves = 'fails';
    vi.setSystemTime(START + 25 * HOUR);
    expect((await timed('a')).outcome).toContain(
      'JWT_JWKS_URL cannot be fetched: Error: the key server answered 500',
    );
  });

  it('are replaced behind the back of a request, by one fetch', async () => {
    const { server, timed, ask, behind } = keysOf({ kid: 'a' });
    await timed('a');
    expect(server.requests).toBe(1);
    vi.setSystemTime(START + 10 * MINUTE);
    server.behaves = 'hangs';
    await Promise.all([ask('a'), ask('a'), ask('a')]);
    expect(server.requests).toBe(2);
    expect(behind).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(2000);

    server.behaves = { kid: 'b' };
    await vi.advanceTimersByTimeAsync(1000);
    await ask('a');
    expect(server.requests).toBe(3);
    await Promise.all(behind);
    expect(await ask('b')).toEqual(['b']);
  });

  it('are asked for again after 1, 2, 4 … 60 s while the key server fails', async () => {
    const { server, ask } = keysOf({ kid: 'a' });
    await ask('a');
    server.behaves = 'fails';
    vi.setSystemTime(START + 20 * MINUTE);
    const asked: number[] = [];
    for (let second = 0; second < 200; second += 1) {
      const before = server.requests;
      await ask('a');
      if (server.requests > before) asked.push(second);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(asked).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
  });

  it.each([1000, HOUR])(
    'are asked for again though the clock is set back by %i ms',
    async (back) => {
      const { server, ask } = keysOf({ kid: 'a' });
      await ask('a');
      vi.setSystemTime(START - back);
      await ask('a');
      vi.setSystemTime(START - back + 10 * MINUTE);
      await ask('a');
      expect(server.requests).toBe(2);
    },
  );
});

describe('a key that is not known', () => {
  it('is sought once, and found', async () => {
    const { server, timed } = keysOf({ kid: 'a' });
    await timed('a');
    server.behaves = { kid: 'b' };
    expect((await timed('b')).outcome).toEqual(['b']);
    expect(server.requests).toBe(2);
  });

  it('is sought every 10 s at most, however many tokens name one', async () => {
    const { server, ask, timed } = keysOf({ kid: 'a' });
    await timed('a');
    const forged = Array.from({ length: 50 }, (_, n) => ask(`forged-${n}`).catch(() => 'refused'));
    await vi.advanceTimersByTimeAsync(100);
    expect(new Set(await Promise.all(forged))).toEqual(new Set(['refused']));
    expect(server.requests).toBe(2);
    await vi.advanceTimersByTimeAsync(9000);
    await ask('forged').catch(() => {});
    expect(server.requests).toBe(2);
    await vi.advanceTimersByTimeAsync(1000);
    await ask('forged').catch(() => {});
    expect(server.requests).toBe(3);
  });

  it('is not said to be wrong while the key server does not say which there are', async () => {
    const { server, timed } = keysOf({ kid: 'a' });
    await timed('a');
    server.behaves = 'fails';
    expect((await timed('b')).outcome).toContain(
      'JWT_JWKS_URL cannot be fetched: Error: the key server answered 500',
    );
    server.behaves = { kid: 'b' };
    vi.setSystemTime(START + 11_000);
    expect((await timed('b')).outcome).toEqual(['b']);
  });

  it('keeps nobody for longer than 2 s, where the key server hangs, and nobody else at all', async () => {
    const { server, ask, timed } = keysOf({ kid: 'a' });
    await timed('a');
    server.behaves = 'hangs';
    const forged = ask('forged').catch(() => 'refused');
    expect((await timed('a')).took).toBeLessThan(20);
    const { took } = await timed('forged, too');
    expect(took).toBeLessThanOrEqual(2100);
    expect(await forged).toBe('refused');
  });
});

describe('without keys', () => {
  it('all wait for one fetch', async () => {
    const { server, ask } = keysOf({ kid: 'a' });
    const all = Promise.all(Array.from({ length: 20 }, () => ask('a')));
    await vi.advanceTimersByTimeAsync(100);
    expect(await all).toEqual(Array(20).fill(['a']));
    expect(server.requests).toBe(1);
  });

  it('all are told within 2 s that there are none', async () => {
    const { server, ask, timed } = keysOf('hangs');
    const first = ask('a').catch((error: Error) => error.message);
    const { took } = await timed('a');
    expect(took).toBeLessThanOrEqual(2100);
    await first;
    expect(server.requests).toBe(1);
  });

  it('goes on without a fetch that was begun by a request that is gone', async () => {
    const { server, ask } = keysOf('hangs');
    const gone = ask('a').catch(() => 'failed');
    await vi.advanceTimersByTimeAsync(2100);
    expect(await gone).toBe('failed');
    server.behaves = { kid: 'a' };
    await vi.advanceTimersByTimeAsync(1000);
    expect(await ask('a')).toEqual(['a']);
  });
});
