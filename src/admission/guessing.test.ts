import { describe, expect, it } from 'vitest';
import type { AddressLimiter, RequestAddress } from '../room/Runtime.ts';
import { parseSettings } from '../settings.ts';
import { guess } from './guessing.ts';
import { MemoryRateLimiter } from './MemoryRateLimiter.ts';

/** A server, as far as guesses need it. Two of one binding are two isolates of one location. */
function server(settings = {}, binding?: MemoryRateLimiter) {
  const guessLimiter: AddressLimiter | undefined =
    binding === undefined
      ? undefined
      : { limit: async ({ key }) => ({ success: binding.limit(key, Date.now()) }) };
  const parsed = parseSettings(settings);
  return (isWrong: boolean, address: Partial<RequestAddress>, headers: HeadersInit = {}) => {
    const from = { client: undefined, socket: undefined, ...address };
    return guess(
      { settings: parsed, guessLimiter, address: from },
      new Headers(headers),
      async () => {
        await Promise.resolve();
        return { isWrong, value: 'checked' };
      },
    );
  };
}

const HERE = { socket: '127.0.0.1' };

async function guessWrong(ask: ReturnType<typeof server>, times: number, headers?: HeadersInit) {
  const answers = await Promise.all(Array.from({ length: times }, () => ask(true, HERE, headers)));
  return answers.filter((answer) => answer === 'checked').length;
}

describe('a client that guesses', () => {
  it('is refused after ten wrong guesses, right ones too', async () => {
    const ask = server();
    expect(await guessWrong(ask, 30)).toBe(10);
    expect(await ask(false, HERE)).toBeUndefined();
  });

  it('is not refused for what another address does', async () => {
    const ask = server();
    await guessWrong(ask, 10);
    expect(await ask(false, { socket: '203.0.113.7' })).toBe('checked');
    expect(await ask(false, { client: '203.0.113.7' })).toBe('checked');
  });

  it('is not refused among a hundred who guess rightly from the same address', async () => {
    const ask = server();
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(false, HERE)));
    expect(answers).toEqual(new Array(100).fill('checked'));
  });

  it.each([
    ['Forwarded', 'for=203.0.113.7'],
    ['Via', '1.1 varnish'],
    ['X-Forwarded-For', '203.0.113.7'],
    ['X-Forwarded-Host', 'play.example'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Real-IP', '203.0.113.7'],
  ])(
    'is not counted behind a proxy that the settings do not mention, and that adds %s',
    async (name, value) => {
      expect(await guessWrong(server(), 30, { [name]: value })).toBe(30);
    },
  );

  it('is counted by the address that a proxy of the settings gives', async () => {
    const ask = server({ TRUST_PROXY: '1' });
    expect(await guessWrong(ask, 30, { 'X-Forwarded-For': '203.0.113.7' })).toBe(10);
    expect(await ask(false, HERE, { 'X-Forwarded-For': '203.0.113.8' })).toBe('checked');
  });

  it('is counted for all servers of a location by the binding, of which each learns once', async () => {
    const binding = new MemoryRateLimiter({ limit: 10, period: 60 });
    const [one, other] = [server({}, binding), server({}, binding)];
    expect(await guessWrong(one, 30)).toBe(10);
    expect(await other(true, HERE)).toBe('checked');
    expect(await other(false, HERE)).toBeUndefined();
  });
});

it('a guess that fails is no wrong one', async () => {
  const settings = parseSettings({});
  const runtime = { settings, guessLimiter: undefined, address: { client: 'x', socket: 'x' } };
  for (let count = 0; count < 20; count += 1) {
    const failing = guess(runtime, new Headers(), () => Promise.reject(new Error('unreachable')));
    await expect(failing).rejects.toThrow('unreachable');
  }
});
