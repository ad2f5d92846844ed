import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { parsePeerPath } from '../protocol/peerPath.ts';
import { parseEnvironment } from '../settings.ts';
import { LocalRuntime } from './LocalRuntime.ts';

it('keeps no room for whoever guesses at one and is refused', async () => {
  const events = { connected() {}, disconnected() {}, received() {}, failed() {} };
  const runtime = new LocalRuntime(parseEnvironment({}), Number.POSITIVE_INFINITY, events);
  const path = parsePeerPath('/room/pong/kumora') ?? expect.fail();
  const claim = { id: 'guesser', token: 'token', isOwner: false };
  const upgrade = runtime.upgrade({} as IncomingMessage, new PassThrough(), Buffer.alloc(0));

  const outcome = await upgrade.join({ path, claim, mustHoldSeat: true });
  expect(outcome).toEqual({ refusal: 'too-many-connections' });
  expect([...runtime.rooms]).toEqual([]);
  await runtime.close();
});
