import { env, exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { settingsOf } from '../../src/settings.ts';
import { FramePeer } from '../support/framePeer.ts';

const LIMIT = settingsOf(env).joinsPerMinute;

let peers = 0;

/** Joins from an address, and says what the first frame is, or how the socket is closed instead. */
async function joinFrom(address: string): Promise<unknown> {
  peers += 1;
  const { webSocket } = await exports.default.fetch(
    new Request(`http://localhost/limited/peerjs?key=peerjs&id=from-${peers}&token=token`, {
      headers: { Upgrade: 'websocket', 'CF-Connecting-IP': address },
    }),
  );
  if (webSocket === null) throw new Error('no socket');
  const peer = new FramePeer(webSocket, `from-${peers}`, 'token');
  webSocket.accept();
  const frame = await peer.next().catch(() => peer.closed);
  webSocket.close();
  return frame;
}

/** Without an ERROR, at which PeerJS would give up. */
const REFUSED = { code: 1013, reason: 'try again later' };

it('lets an address join so often in a minute, and no other address pays for it', async () => {
  for (let n = 0; n < LIMIT; n += 1) {
    expect(await joinFrom('203.0.113.7')).toEqual({ type: 'OPEN' });
  }
  expect(await joinFrom('203.0.113.7')).toEqual(REFUSED);
  expect(await joinFrom('203.0.113.8')).toEqual({ type: 'OPEN' });
});

it('counts IPv6 by the /56, which one household has', async () => {
  for (let n = 0; n < LIMIT; n += 1) {
    expect(await joinFrom(`2001:db8:1:${(n % 256).toString(16)}::${n.toString(16)}`)).toEqual({
      type: 'OPEN',
    });
  }
  expect(await joinFrom('2001:db8:1:2:ffff::1')).toEqual(REFUSED);
  expect(await joinFrom('2001:db8:1:100::1')).toEqual({ type: 'OPEN' });
});

it('answers requests for ICE servers so often, counted by themselves', async () => {
  const ask = () =>
    exports.default.fetch(
      new Request('http://localhost/peerjs/ice', {
        headers: { 'CF-Connecting-IP': '203.0.113.9' },
      }),
    );
  for (let n = 0; n < LIMIT; n += 1) expect((await ask()).status).toBe(200);
  const refused = await ask();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('Retry-After')).toBe('60');
  expect(await joinFrom('203.0.113.9')).toEqual({ type: 'OPEN' });
});

it('has the binding that counts', () => {
  expect(env.ADDRESS_LIMITER).toBeDefined();
});
