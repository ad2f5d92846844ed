import { createHmac } from 'node:crypto';
import { Hono } from 'hono';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { iceServers } from '../../src/handlers/iceServers.ts';
import { CloudflareTurn } from '../../src/ice/CloudflareTurn.ts';
import { coturnServer } from '../../src/ice/coturn.ts';

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
    const turn = new CloudflareTurn(KEY, async (input, init) => {
      requests.push(new Request(input, init));
      const answer = answers[requests.length - 1];
      if (answer === undefined) throw new Error('one request too many');
      return answer();
    });
    return { turn, requests };
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
      const { iceServers, ttl } = await turn.servers(START + seconds * 1000);
      names.push(iceServers[0]?.username);
      ttls.push(ttl);
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
    const { iceServers } = await turn.servers(START);
    expect(iceServers).toEqual([
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
    const { turn } = stub(answer, issues('b'));
    await expect(turn.servers(START)).rejects.toThrow(message);
    expect((await turn.servers(START)).iceServers[0]?.username).toBe('b');
  });
});

describe('a client that asks while Cloudflare does not answer', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('gets STUN alone, and the log says why', async () => {
    vi.stubGlobal('fetch', async () => new Response('no', { status: 503 }));
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const app = new Hono().get('/:key/ice', iceServers);

    const environment = { TURN_KEY_ID: 'key-1', TURN_KEY_API_TOKEN: 'secret-1' };
    const response = await app.request('/peerjs/ice', {}, environment);

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
