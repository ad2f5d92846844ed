import { createHmac } from 'node:crypto';
import { Hono } from 'hono';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CloudflareTurn } from '../ice/CloudflareTurn.ts';
import { coturnServer } from '../ice/coturn.ts';
import type { Runtime } from '../room/Runtime.ts';
import { parseSettings } from '../settings.ts';
import { iceServers } from './iceServers.ts';

const DAY = 86_400;
const START = Date.UTC(2026, 0, 1);

describe('the credentials for a relay of one’s own', () => {
  const URLS = ['turn:turn.example.com:3478'];

  it('carry their expiry in the name, and are signed with the secret', async () => {
    const { urls, username, credential } = await coturnServer(URLS, 'north', DAY, START);
    expect(urls).toEqual(URLS);
    expect(username).toMatch(new RegExp(`^${START / 1000 + DAY}:[0-9a-f-]{36}$`));
    expect(credential).toBe(createHmac('sha1', 'north').update(String(username)).digest('base64'));
  });

  it('are another user’s each time, so that a quota for a user is one for a player', async () => {
    const first = await coturnServer(URLS, 'north', DAY, START);
    const second = await coturnServer(URLS, 'north', DAY, START);
    expect(first.username).not.toBe(second.username);
  });
});

describe('credentials of Cloudflare', () => {
  const KEY = { keyId: 'key-1', apiToken: 'secret-1', ttl: DAY };

  /** A Cloudflare that answers each request with the next of `answers`. */
  function stub(...answers: (() => Response | Promise<Response>)[]) {
    const requests: Request[] = [];
    const failures: string[] = [];
    const turn = new CloudflareTurn(
      KEY,
      async (input, init) => {
        requests.push(new Request(input, init));
        const answer = answers[requests.length - 1];
        if (answer === undefined) throw new Error('one request too many');
        return answer();
      },
      (error) => failures.push((error as Error).message),
    );
    return { turn, requests, failures };
  }
  const issues = (name: string) => () =>
    Response.json(
      { iceServers: [{ urls: 'turn:relay.example.com', username: name, credential: 'c' }] },
      { status: 201 },
    );

  it('are asked for as its documentation says', async () => {
    const { turn, requests } = stub(issues('a'));
    await turn.servers(START);
    const [request] = requests;
    expect(request?.method).toBe('POST');
    expect(request?.url).toBe(
      'https://rtc.live.cloudflare.com/v1/turn/keys/key-1/credentials/generate-ice-servers',
    );
    expect(Object.fromEntries(request?.headers ?? [])).toEqual({
      authorization: 'Bearer secret-1',
      'content-type': 'application/json',
    });
    expect(await request?.text()).toBe('{"ttl":86400}');
  });

  it('are used again until half their life is over, and say how much of it is left', async () => {
    const { turn, requests } = stub(issues('a'), issues('b'));
    const names = [];
    const ttls = [];
    for (const seconds of [0, 10, DAY / 2 - 1, DAY / 2, DAY / 2 + 5]) {
      const answer = await turn.servers(START + seconds * 1000);
      names.push(answer?.iceServers[0]?.username);
      ttls.push(answer?.ttl);
    }
    expect(names).toEqual(['a', 'a', 'a', 'b', 'b']);
    expect(ttls).toEqual([DAY, DAY - 10, DAY / 2 + 1, DAY, DAY - 5]);
    expect(requests).toHaveLength(2);
  });

  it('come without the URLs on port 53, which browsers block', async () => {
    const { turn } = stub(() =>
      Response.json({
        iceServers: [
          { urls: ['stun:stun.example.com:3478', 'stun:stun.example.com:53'] },
          { urls: 'stun:stun.example.com:53' },
          {
            urls: [
              'turn:turn.example.com:53?transport=udp',
              'turn:turn.example.com:5349?transport=tcp',
              'turn:turn.example.com:80?transport=tcp',
            ],
            username: 'a',
            credential: 'b',
          },
        ],
      }),
    );
    const answer = await turn.servers(START);
    expect(answer?.iceServers).toEqual([
      { urls: ['stun:stun.example.com:3478'] },
      {
        urls: [
          'turn:turn.example.com:5349?transport=tcp',
          'turn:turn.example.com:80?transport=tcp',
        ],
        username: 'a',
        credential: 'b',
      },
    ]);
  });

  it.each([
    ['an error', () => new Response('no', { status: 403 }), 'Cloudflare answered 403'],
    [
      'no servers',
      () => Response.json({ iceServers: [] }),
      'Cloudflare answered without ICE servers',
    ],
    [
      'something else',
      () => Response.json({ iceServers: [{ urls: [], credential: { private: 1 } }] }),
      'Cloudflare answered without ICE servers',
    ],
  ])('fail for %s, and are asked for again the next time', async (_what, answer, message) => {
    const { turn, failures } = stub(answer, issues('b'));
    expect(await turn.servers(START)).toBeUndefined();
    expect(failures).toEqual([message]);
    expect((await turn.servers(START))?.iceServers[0]?.username).toBe('b');
  });

  it('are used on while they are good and no others can be had, which is tried again in 10 s', async () => {
    const fails = () => new Response('no', { status: 503 });
    const { turn, requests, failures } = stub(issues('a'), fails, fails, issues('b'));
    const answerAfter = async (seconds: number) => {
      const answer = await turn.servers(START + seconds * 1000);
      return [answer?.iceServers[0]?.username, answer?.ttl];
    };
    expect(await answerAfter(0)).toEqual(['a', DAY]);
    expect(await answerAfter(DAY / 2)).toEqual(['a', DAY / 2]);
    expect(await answerAfter(DAY / 2 + 9)).toEqual(['a', DAY / 2 - 9]);
    expect(requests).toHaveLength(2);
    expect(await answerAfter(DAY / 2 + 10)).toEqual(['a', DAY / 2 - 10]);
    expect(failures).toEqual(['Cloudflare answered 503', 'Cloudflare answered 503']);
    expect(await answerAfter(DAY / 2 + 20)).toEqual(['b', DAY]);
  });

  it('are not used once their life is over', async () => {
    const { turn } = stub(issues('a'), () => new Response('no', { status: 503 }));
    await turn.servers(START);
    expect(await turn.servers(START + DAY * 1000)).toBeUndefined();
  });

  it.each([1000, 3_600_000])(
    'say nothing absurd when the clock is set back by %i ms',
    async (back) => {
      const { turn } = stub(issues('a'));
      await turn.servers(START);
      expect((await turn.servers(START - back))?.ttl).toBe(DAY);
      expect((await turn.servers(START - back + 5000))?.ttl).toBe(DAY - 5);
    },
  );
});

function appWith(environment: Readonly<Record<string, string>>): Hono {
  const runtime = {
    settings: parseSettings(environment),
    address: { client: undefined, socket: '192.0.2.1:1' },
    addressLimiter: undefined,
  } as unknown as Runtime;
  return new Hono().get('/:key/ice', (context) => iceServers(context, runtime));
}

describe('a client that asks while Cloudflare does not answer', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('gets the last credentials while they are good, with what is left of their time', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: START });
    const servers = [{ urls: ['turn:relay.example.com'], username: 'a', credential: 'c' }];
    let isUp = true;
    vi.stubGlobal('fetch', async () =>
      isUp ? Response.json({ iceServers: servers }) : new Response('no', { status: 503 }),
    );
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const app = appWith({ TURN_KEY_ID: 'key-1', TURN_KEY_API_TOKEN: 'secret-1' });
    const answerAfter = async (seconds: number) => {
      vi.setSystemTime(START + seconds * 1000);
      return (await app.request('/peerjs/ice')).json();
    };
    expect(await answerAfter(0)).toEqual({ iceServers: servers, ttl: DAY });
    isUp = false;
    expect(await answerAfter(DAY - 60)).toEqual({ iceServers: servers, ttl: 60 });
    expect(await answerAfter(DAY)).toMatchObject({ ttl: 60, degraded: true });
    expect(log.mock.calls.map(([line]) => JSON.parse(line).event)).toEqual([
      'turn-unavailable',
      'turn-unavailable',
    ]);
  });

  it('gets STUN alone, and the log says why', async () => {
    vi.stubGlobal('fetch', async () => new Response('no', { status: 503 }));
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const app = appWith({ TURN_KEY_ID: 'key-1', TURN_KEY_API_TOKEN: 'secret-1' });

    const response = await app.request('/peerjs/ice');

    expect(await response.json()).toEqual({
      iceServers: [{ urls: ['stun:stun.cloudflare.com:3478'] }],
      ttl: 60,
      degraded: true,
    });
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 'error',
        event: 'turn-unavailable',
        message: 'Error: Cloudflare answered 503',
      }),
    ]);
  });
});
