import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parsePeerPath } from '../protocol/peerPath.ts';
import { parseEnvironment } from '../settings.ts';
import { LocalRuntime } from './LocalRuntime.ts';

describe('no room is kept', () => {
  const events = { connected() {}, disconnected() {}, received() {}, failed() {} };
  const newRuntime = () => new LocalRuntime(parseEnvironment({}), Number.POSITIVE_INFINITY, events);
  const path = parsePeerPath('/room/pong/kumora') ?? expect.fail();
  const claim = { id: 'ann', token: 'token', isOwner: false };

  it('for whoever guesses at one and is refused', async () => {
    const runtime = newRuntime();
    const upgrade = runtime.upgrade(new PassThrough(), Buffer.alloc(0), '');
    const outcome = await upgrade.join({ path, claim, mustHoldSeat: true });
    expect(outcome).toEqual({ refusal: 'too-many-connections' });
    expect([...runtime.rooms]).toEqual([]);
    await runtime.close();
  });

  it('for whoever is gone before the answer', async () => {
    const runtime = newRuntime();
    const stream = new PassThrough().destroy();
    await runtime.upgrade(stream, Buffer.alloc(0), '').join({ path, claim });
    expect([...runtime.rooms]).toEqual([]);
    expect(runtime.sockets.size).toBe(0);
    await runtime.close();
  });
});
