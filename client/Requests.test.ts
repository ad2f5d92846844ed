import { expect, it } from 'vitest';
import { Requests } from './Requests.ts';
import { RoomError } from './RoomError.ts';

/** Asks so many times, and keeps how each request ended. */
function asked(count: number): { requests: Requests; ends: string[] } {
  const requests = new Requests();
  const ends: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const request = requests.next();
    requests.wait(request).then(
      () => ends.push(`${request} done`),
      ({ type }) => ends.push(`${request} ${type}`),
    );
  }
  return { requests, ends };
}

const refusal = new RoomError('not-the-host', 'Only the host may do that');

it('a request is done with all that were asked before it', async () => {
  const { requests, ends } = asked(3);
  requests.done(2);
  await expect.poll(() => ends).toEqual(['1 done', '2 done']);
  expect(requests.isWaiting(3)).toBe(true);
});

it('a request that is refused ends no other', async () => {
  const { requests, ends } = asked(2);
  requests.refuse(1, refusal);
  requests.refuse(7, refusal);
  await expect.poll(() => ends).toEqual(['1 not-the-host']);
  expect(requests.isWaiting(2)).toBe(true);
});

it('all fail when no answer comes any more', async () => {
  const { requests, ends } = asked(2);
  requests.fail(refusal);
  await expect.poll(() => ends).toEqual(['1 not-the-host', '2 not-the-host']);
  expect(requests.isWaiting(1)).toBe(false);
});

it('what has no answer is to be asked again, in order, until it has one', async () => {
  const requests = new Requests();
  for (const locked of [true, false, true]) {
    const rid = requests.next();
    requests.wait(rid, { locked, rid }).catch(() => {});
  }
  requests.wait(requests.next()).catch(() => {});
  requests.refuse(2, refusal);
  expect(requests.payloads).toEqual([
    { locked: true, rid: 1 },
    { locked: true, rid: 3 },
  ]);
  requests.done(3);
  expect(requests.payloads).toEqual([]);
});
