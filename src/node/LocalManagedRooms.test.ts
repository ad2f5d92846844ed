import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { newLocalRooms } from '../../tests/support/localRooms.ts';
import { LocalManagedRooms } from './LocalManagedRooms.ts';
import type { LocalRooms } from './LocalRooms.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const PLACE = { game: 'pong', code: 'kumora' };
const ROOM = { size: 2, isPublic: false, meta: {} };

function managedRooms(): { rooms: LocalRooms; managed: LocalManagedRooms } {
  const rooms = newLocalRooms();
  return { rooms, managed: new LocalManagedRooms(rooms) };
}

it('a managed room to which nobody connects is gone after a minute, and leaves nothing behind', async () => {
  const { rooms, managed } = managedRooms();
  const made = await managed.create(PLACE, ROOM, { id: 'ann', tokenHash: 'of ann' });
  expect(made).toMatchObject({ value: { id: 'ann', room: { taken: 1 } } });
  vi.advanceTimersByTime(59_999);
  expect([...rooms]).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect([...rooms]).toHaveLength(0);
  expect(await managed.describe(PLACE)).toMatchObject({ refusal: { type: 'no-such-room' } });
});

it('a room that nobody made is not made by asking for it', async () => {
  const { rooms, managed } = managedRooms();
  const applicant = { id: 'bob', tokenHash: 'of bob' };
  for (const outcome of [
    await managed.describe(PLACE),
    await managed.takeSeat(PLACE, applicant),
    await managed.change(PLACE, { tokenHash: 'of bob' }, { locked: true }),
  ]) {
    expect(outcome).toMatchObject({ refusal: { type: 'no-such-room' } });
  }
  expect([...rooms]).toHaveLength(0);
});

it('one of several who make a room at one place at once makes it', async () => {
  const { managed } = managedRooms();
  const outcomes = await Promise.all(
    ['ann', 'bob', 'cid'].map((id) =>
      managed.create(PLACE, { ...ROOM, password: 'moon' }, { id, tokenHash: `of ${id}` }),
    ),
  );
  expect(outcomes.filter((outcome) => 'value' in outcome)).toHaveLength(1);
  for (const outcome of outcomes) {
    if ('refusal' in outcome) expect(outcome.refusal.type).toBe('code-in-use');
  }
});

it('a room with a password gives a seat to a player who names it', async () => {
  const { managed } = managedRooms();
  await managed.create(PLACE, { ...ROOM, password: 'moon' }, { id: 'ann', tokenHash: 'of ann' });
  const take = (password?: string) =>
    managed.takeSeat(PLACE, { id: 'bob', tokenHash: 'of bob', password });
  expect(await take()).toMatchObject({ refusal: { type: 'wrong-password' } });
  expect(await take('sun')).toMatchObject({ refusal: { type: 'wrong-password' } });
  expect(await take('moon')).toMatchObject({ value: { id: 'bob' } });
});
