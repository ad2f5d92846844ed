import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Shards } from '../../src/durable-objects/Shards.ts';
import { Logger } from '../../src/log/Logger.ts';
import { parsePeerPath } from '../../src/protocol/peerPath.ts';
import { coordinatorFor, coordinatorsOf } from '../../src/room/coordinatorFor.ts';
import { type Message, ownMessage } from '../../src/room/Message.ts';
import { settingsOf } from '../../src/settings.ts';
import { WorkerPeer } from '../support/workerPeer.ts';

let realms = 0;

/** A realm that no other test uses, and the way into it. */
function newRealm() {
  realms += 1;
  const path = parsePeerPath(`/realm-${realms}`);
  if (path === undefined) throw new Error('not a path');
  return {
    path,
    coordinatorOf: (id: string) => coordinatorFor(path, id, settingsOf(env)),
    connect: (id: string) => WorkerPeer.connect({ path: path.name, id }),
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
    expect(new Set(ids.map(coordinatorOf))).toEqual(new Set(coordinatorsOf(path, settingsOf(env))));
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
    const { realm, alice, far, stub } = await realmWithFailingShard();
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

  it('writes a few lines, not one for each message, while a shard fails', async () => {
    const { alice, far } = await realmWithFailingShard();
    const error = vi.spyOn(Logger.prototype, 'error');
    onTestFinished(() => error.mockRestore());
    const start = Math.floor(Date.now() / 1000);
    for (let n = 0; n < 200; n += 1) alice.send({ type: 'CANDIDATE', dst: far, payload: n });
    // The first goes alone, and the others together in the next call.
    await expect.poll(() => error.mock.calls.length).toBeGreaterThan(1);
    const seconds = Math.floor(Date.now() / 1000) - start + 1;
    expect(error.mock.calls.length).toBeLessThanOrEqual(20 * seconds);
  });
});

/** A realm with alice, in which the shard that holds the peer `far` fails at each message. */
async function realmWithFailingShard() {
  const realm = newRealm();
  const alice = await realm.connect('alice');
  await alice.next();
  const far = farFrom(realm, 'alice');
  const stub = env.COORDINATORS.getByName(realm.coordinatorOf(far));
  await runInDurableObject(stub, (coordinator) => {
    // Only what the class has can be called from outside: this hides it.
    Object.defineProperty(coordinator, 'deliver', { value: undefined, configurable: true });
  });
  return { realm, alice, far, stub };
}

/** The id of a peer that another shard holds. */
function farFrom(realm: Pick<ReturnType<typeof newRealm>, 'coordinatorOf'>, id: string): string {
  for (let n = 0; ; n += 1) {
    const other = `far-${n}`;
    if (realm.coordinatorOf(other) !== realm.coordinatorOf(id)) return other;
  }
}

describe('messages to another shard', () => {
  const { path } = newRealm();
  const elsewhere = farFrom(
    { coordinatorOf: (id) => coordinatorFor(path, id, settingsOf(env)) },
    'alice',
  );
  const message = (frame: string) => ownMessage(elsewhere, frame, 0);

  /** The shard of alice, and the calls that it makes. Each ends as the test says. */
  function shardWithCalls() {
    const calls: { frames: string[]; end: (error?: Error) => void }[] = [];
    const namespace = {
      getByName: () => ({
        deliver: (messages: readonly Message[]) =>
          new Promise<void>((resolve, reject) => {
            const end = (error?: Error) => (error === undefined ? resolve() : reject(error));
            calls.push({ frames: messages.map(({ frame }) => frame), end });
          }),
      }),
    } as unknown as typeof env.COORDINATORS;
    const name = coordinatorFor(path, 'alice', settingsOf(env));
    return { calls, shards: new Shards(name, path, settingsOf(env), namespace) };
  }

  it('that come while a call is under way go together in the next one, in order', async () => {
    const { calls, shards } = shardWithCalls();
    for (const frame of ['1', '2', '3']) shards.forward(message(frame), () => {});
    expect(calls.map(({ frames }) => frames)).toEqual([['1']]);
    calls[0]?.end();
    await expect.poll(() => calls.map(({ frames }) => frames)).toEqual([['1'], ['2', '3']]);
    calls[1]?.end();
    await expect
      .poll(() => {
        shards.forward(message('4'), () => {});
        return calls.at(-1)?.frames.at(0);
      })
      .toBe('4');
  });

  it('of a call that fails are failed one by one, and the next call goes out', async () => {
    const { calls, shards } = shardWithCalls();
    const failed: string[] = [];
    for (const frame of ['1', '2'])
      shards.forward(message(frame), ({ frame }) => failed.push(frame));
    calls[0]?.end(new Error('it is away'));
    await expect.poll(() => calls).toHaveLength(2);
    calls[1]?.end();
    expect(failed).toEqual(['1']);
  });

  it('fail at once when too much waits for a call that does not end', () => {
    const { calls, shards } = shardWithCalls();
    let failures = 0;
    for (let n = 0; n < 12; n += 1)
      shards.forward(message('x'.repeat(1_000_000)), () => (failures += 1));
    expect(calls).toHaveLength(1);
    expect(failures).toBe(2);
  });
});
