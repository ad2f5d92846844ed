import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { configOf } from '../../src/config.ts';
import { parsePeerPath } from '../../src/protocol/peerPath.ts';
import { coordinatorFor, coordinatorsOf } from '../../src/room/coordinatorFor.ts';
import { FramePeer } from '../support/framePeer.ts';

let realms = 0;

/** A realm that no other test uses, and the way into it. */
function newRealm() {
  realms += 1;
  const path = parsePeerPath(`/realm-${realms}`);
  if (path === undefined) throw new Error('not a path');
  return {
    path,
    coordinatorOf: (id: string) => coordinatorFor(path, id, configOf(env)),
    async connect(id: string): Promise<FramePeer> {
      const { webSocket } = await exports.default.fetch(
        new Request(`http://localhost${path.name}/peerjs?key=peerjs&id=${id}&token=${id}`, {
          headers: { Upgrade: 'websocket' },
        }),
      );
      if (webSocket === null) throw new Error('no socket');
      const peer = new FramePeer(webSocket, id, id);
      webSocket.accept();
      return peer;
    },
  };
}

const REFUSED = {
  type: 'ERROR',
  payload: { msg: 'Server has reached its concurrent user limit', type: 'realm-full' },
};

describe('a realm of four shards', () => {
  it('puts the peers of a realm into all of them, and each peer always into the same', () => {
    const { path, coordinatorOf } = newRealm();
    const ids = Array.from({ length: 100 }, (_, n) => `peer-${n}`);
    expect(new Set(ids.map(coordinatorOf))).toEqual(new Set(coordinatorsOf(path, configOf(env))));
    expect(ids.map(coordinatorOf)).toEqual(ids.map(coordinatorOf));
  });

  it('keeps the order of messages from one shard to another', async () => {
    const realm = newRealm();
    const alice = await realm.connect('alice');
    await alice.next();
    const far = farFrom(realm, 'alice');
    const friend = await realm.connect(far);
    await friend.next();
    for (let n = 0; n < 50; n += 1) alice.send({ type: 'CANDIDATE', dst: far, payload: n });
    for (let n = 0; n < 50; n += 1) {
      expect(await friend.next()).toEqual({
        type: 'CANDIDATE',
        src: 'alice',
        dst: far,
        payload: n,
      });
    }
  });

  it('counts the peers of all of them against the capacity', async () => {
    const realm = newRealm();
    for (let n = 0; n < 6; n += 1) {
      expect(await (await realm.connect(`peer-${n}`)).next()).toEqual({ type: 'OPEN' });
    }
    for (let n = 6; n < 12; n += 1) {
      expect(await (await realm.connect(`peer-${n}`)).next()).toEqual(REFUSED);
    }
  });

  it('tells the sender at once when the shard of its message fails, and goes on with the rest', async () => {
    const realm = newRealm();
    const alice = await realm.connect('alice');
    await alice.next();
    const far = farFrom(realm, 'alice');
    const stub = env.COORDINATORS.getByName(realm.coordinatorOf(far));
    await runInDurableObject(stub, (coordinator) => {
      // Only what the class has can be called from outside: this hides it.
      Object.defineProperty(coordinator, 'deliver', { value: undefined, configurable: true });
    });
    alice.send({ type: 'OFFER', dst: far });
    expect(await alice.next()).toEqual({ type: 'EXPIRE', src: far, dst: 'alice' });

    await runInDurableObject(stub, (coordinator) => {
      Reflect.deleteProperty(coordinator, 'deliver');
    });
    const friend = await realm.connect(far);
    await friend.next();
    alice.send({ type: 'OFFER', dst: far, payload: 'again' });
    expect(await friend.next()).toEqual({
      type: 'OFFER',
      src: 'alice',
      dst: far,
      payload: 'again',
    });
  });
});

/** The id of a peer that another shard holds. */
function farFrom(realm: ReturnType<typeof newRealm>, id: string): string {
  for (let n = 0; ; n += 1) {
    const other = `far-${n}`;
    if (realm.coordinatorOf(other) !== realm.coordinatorOf(id)) return other;
  }
}
