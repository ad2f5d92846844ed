import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isValidPathPart } from '../../src/protocol/names.ts';
import type { Frame } from '../support/framePeer.ts';
import { FUZZ_FACTOR, fuzzing } from '../support/fuzzing.ts';
import {
  FORGED_SRC,
  type HostileFrame,
  hostileFrame,
  hostileText,
  ODD_IDS,
} from '../support/hostileFrames.ts';
import { RawConnection, upgradeRequest } from '../support/rawConnection.ts';
import { startTestServer, type TestServer } from '../support/servers.ts';
import { TestPeer } from '../support/testPeer.ts';

const MAX_BYTES = 262_144;
const frames = fc.array(hostileFrame(['alice', 'bob', 'mallory', 'nobody'], MAX_BYTES), {
  minLength: 1,
  maxLength: 40,
  size: 'max',
});

/** A server whose rate limit is out of the way, so that it does not hide what is behind it. */
let patient: TestServer;
/** A server as it comes. */
let standard: TestServer;
beforeAll(async () => {
  const start = (environment: Record<string, string>) =>
    startTestServer({ host: '127.0.0.1', port: 0, environment, output: 'ignore' });
  patient = await start({ RATE_LIMIT_PER_SECOND: '100000' });
  standard = await start({});
});
afterAll(() => Promise.all([patient.stop(), standard.stop()]));

const originOf = ({ port }: TestServer) => `http://127.0.0.1:${port}`;

describe('two peers who talk to each other notice nothing of a third', () => {
  it('that sends hostile frames', async () => {
    let sent = 0;
    await besideTwoWhoTalk(patient, async (origin, path, talk) => {
      const attack = async (frames: readonly HostileFrame[]) => {
        const mallory = await TestPeer.open(origin, { path, id: 'mallory', token: 'mallory' });
        for (const { data } of frames) {
          sent += 1;
          mallory.send(typeof data === 'string' ? data : new Uint8Array(data));
          if (sent % 4 === 0) talk();
        }
        await goAway(mallory);
      };
      await fc.assert(fc.asyncProperty(frames, attack), fuzzing(250));
    });
    expect(sent).toBeGreaterThan(3000 * FUZZ_FACTOR);
  });

  it('that sends hostile frames where the rate is limited', async () => {
    await besideTwoWhoTalk(standard, async (origin, path, talk) => {
      const attack = async (frames: readonly HostileFrame[]) => {
        const mallory = await TestPeer.open(origin, { path, id: 'mallory', token: 'mallory' });
        for (let round = 0; round < 5; round += 1) {
          for (const { data } of frames) {
            mallory.send(typeof data === 'string' ? data : new Uint8Array(data));
          }
        }
        talk();
        await goAway(mallory);
      };
      await fc.assert(fc.asyncProperty(frames, attack), fuzzing(20));
    });
  });

  it('that sends text frames that are not UTF-8', async () => {
    const text = fc
      .tuple(fc.constantFrom('alice', 'bob', 'nobody'), fc.uint8Array({ minLength: 1 }))
      .map(([dst, bytes]) => [
        Buffer.from(`{"type":"OFFER","src":"${FORGED_SRC}","dst":"${dst}","payload":"`),
        bytes.filter((byte) => byte >= 0x80),
        Buffer.from('"}'),
      ])
      .map((parts) => Buffer.concat(parts));
    await besideTwoWhoTalk(patient, async (origin, path, talk) => {
      const attack = async (texts: readonly Buffer[]) => {
        const mallory = await TestPeer.open(origin, { path, id: 'mallory', token: 'mallory' });
        for (const text of texts) mallory.socket.send(text, { binary: false });
        talk();
        await goAway(mallory);
      };
      await fc.assert(fc.asyncProperty(fc.array(text), attack), fuzzing(30));
    });
  });

  it('that breaks the WebSocket protocol itself', async () => {
    await besideTwoWhoTalk(patient, async (_origin, path, talk) => {
      const attack = async (bytes: Uint8Array) => {
        const mallory = new RawConnection(patient.port);
        mallory.send(upgradeRequest(`${path}/peerjs?key=peerjs&id=mallory&token=mallory`));
        expect(await mallory.status()).toBe(101);
        mallory.send(bytes);
        talk();
        mallory.socket.destroy();
      };
      // Frames with any opcode, reserved bits, masked or not, and a length that may be a lie.
      const frame = fc
        .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), fc.uint8Array())
        .map(([first, second, rest]) => Uint8Array.from([first, second, ...rest]));
      await fc.assert(fc.asyncProperty(frame, attack), fuzzing(100));
    });
  });
});

describe('a request', () => {
  const piece = fc.oneof(
    hostileText.map((text) => encodeURIComponent(text.toWellFormed())),
    hostileText.map((text) => Buffer.from(text).toString('latin1')),
    fc.string({
      unit: fc.constantFrom('%', '2', 'f', '5', 'e', '0', '.', '\\', '/', ';', '#', ':', '@', '['),
      maxLength: 12,
    }),
    fc.constantFrom('room', 'peerjs', 'id', 'peers', '..', '%2e%2e', '%2f', '%00', '%ff', '*'),
  );
  const target = fc
    .tuple(
      fc.constantFrom('/', '//', '/room/', '/room/a/', 'http://elsewhere/', ''),
      fc.array(piece, { maxLength: 5 }),
      fc.constantFrom('', '/', '/peerjs', '/peerjs/id', '/peerjs/peers', '/peerjs/'),
      fc.array(fc.tuple(fc.oneof(fc.constantFrom('key', 'id', 'token'), piece), piece)),
    )
    .map(([start, middle, end, query]) => {
      const search = query.map(([key, value]) => `${key}=${value}`).join('&');
      return `${start}${middle.join('/')}${end}?key=peerjs&id=a&token=a&${search}`;
    });

  it('with any target is answered, and never as an error of ours', async () => {
    const ask = async (target: string, isUpgrade: boolean) => {
      const connection = new RawConnection(patient.port);
      connection.send(
        isUpgrade ? upgradeRequest(target) : `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      );
      // A target may end the headers early, and nothing more be due.
      connection.socket.end();
      const status = await connection.status();
      connection.socket.destroy();
      expect(status ?? 400).toBeLessThan(500);
    };
    await fc.assert(fc.asyncProperty(target, fc.boolean(), ask), fuzzing(400));
  });

  it('with a Host header that no URL can have is refused', async () => {
    for (const host of ['a b', '[::', 'a:99999', '%00', '<>']) {
      const connection = new RawConnection(patient.port);
      connection.send(upgradeRequest('/peerjs?key=peerjs&id=a&token=a', host));
      expect({ host, status: await connection.status() }).toEqual({ host, status: 400 });
      connection.socket.destroy();
    }
  });
});

describe('a name', () => {
  const name = fc.oneof(
    fc.constantFrom(...ODD_IDS, 'a', 'a/b', 'a%2Fb', 'a/', '%61', '.', '..'),
    hostileText.map((text) => text.toWellFormed()).filter(isValidPathPart),
  );

  it('of a peer is only a name: messages reach it, and it is listed', async () => {
    const origin = originOf(patient);
    let room = 0;
    const meet = async (id: string, otherId: string) => {
      if (id === otherId) return;
      room += 1;
      const path = `/room/names-${room}`;
      const one = await TestPeer.open(origin, { path, id });
      const other = await TestPeer.open(origin, { path, id: otherId });
      one.send({ type: 'OFFER', dst: otherId, payload: { __proto__: null, id } });
      expect(await other.next()).toEqual({ type: 'OFFER', src: id, dst: otherId, payload: { id } });
      const listed = await fetch(`${origin}${path}/peerjs/peers`);
      expect(await listed.json()).toEqual([id, otherId]);
      one.vanish();
      other.vanish();
    };
    await fc.assert(fc.asyncProperty(name, name, meet), fuzzing(60));
  });

  it('of a room is only a name: no other name leads there', async () => {
    const origin = originOf(patient);
    let round = 0;
    const meet = async (roomName: string, otherName: string) => {
      if (roomName.normalize('NFC') === otherName.normalize('NFC')) return;
      // The URL parser takes away what has only dots, which then is another path.
      if (/^\.{1,2}$/.test(roomName) || /^\.{1,2}$/.test(otherName)) return;
      round += 1;
      const id = `twin-${round}`;
      const inside = await TestPeer.open(origin, {
        id,
        path: `/room/${encodeURIComponent(roomName)}`,
      });
      const outside = await TestPeer.open(origin, {
        id,
        path: `/room/${encodeURIComponent(otherName)}`,
      });
      outside.send({ type: 'OFFER', dst: id, payload: 'to myself' });
      expect((await outside.next()).payload).toBe('to myself');
      await inside.settle();
      expect(inside.pending).toEqual([]);
      inside.send({ type: 'LEAVE' });
      outside.send({ type: 'LEAVE' });
      await Promise.all([inside.close(), outside.close()]);
    };
    await fc.assert(fc.asyncProperty(name, name, meet), fuzzing(60));
  });
});

let rooms = 0;

/**
 * Has alice and bob talk in a room while something is done to it, and checks that each heard all
 * that the other said, in order, and besides only what is for it and from who is there.
 */
async function besideTwoWhoTalk(
  server: TestServer,
  attack: (origin: string, path: string, talk: () => void) => Promise<void>,
): Promise<void> {
  rooms += 1;
  const origin = originOf(server);
  const path = `/room/hostile-${rooms}`;
  const [alice, bob] = await Promise.all(
    ['alice', 'bob'].map((id) => TestPeer.open(origin, { path, id })),
  );
  if (alice === undefined || bob === undefined) throw new Error('unreachable');
  let said = 0;
  await attack(origin, path, () => {
    said += 1;
    alice.send({ type: 'CANDIDATE', dst: 'bob', payload: { said } });
    bob.send({ type: 'CANDIDATE', dst: 'alice', payload: { said } });
  });
  await alice.settle();
  await bob.settle();

  for (const [peer, other] of [[alice, bob] as const, [bob, alice] as const]) {
    expect(peer.closed).toBeUndefined();
    const fromOther = peer.pending.filter(({ src }) => src === other.id);
    expect(fromOther.map(({ payload }) => payload)).toEqual(
      Array.from({ length: said }, (_, index) => ({ said: index + 1 })),
    );
    for (const frame of peer.pending) expect(strangenessOf(frame, peer, other)).toBe('none');
    await peer.close();
  }
}

function strangenessOf(frame: Frame, peer: TestPeer, other: TestPeer): string {
  const { type, src, dst } = frame;
  // The room's own word that mallory is gone.
  if (type === 'LEAVE' && dst === undefined && src === 'mallory') return 'none';
  if (dst !== peer.id) return `for ${dst}`;
  return src === other.id || src === 'mallory' ? 'none' : `from ${src}`;
}

/** Closes a socket, after which the server has handled all that was sent on it. */
async function goAway(peer: TestPeer): Promise<void> {
  peer.socket.close();
  await peer.untilClosed();
}
