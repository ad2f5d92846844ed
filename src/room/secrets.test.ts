import { expect, it, onTestFinished, vi } from 'vitest';
import type { RoomPlan } from './managedRecord.ts';
import { changeOf, foundingOf, hashToken, joiningRequestOf, seatRequestOf } from './secrets.ts';

const ROOM = { size: 4, isPublic: false, meta: {} };
const APPLICANT = { id: 'bob', tokenHash: 'of bob', password: 'moon', address: '192.0.2.7' };

async function planWith(password: string): Promise<RoomPlan> {
  return (await foundingOf({ ...ROOM, password }, APPLICANT)).plan;
}

it('keeps no password and no address as it is', async () => {
  const plan = await planWith('moon');
  const salts = { ofAddresses: plan.salt, ofPassword: plan.password?.salt };
  const request = await seatRequestOf(APPLICANT, salts);
  const change = await changeOf({ password: 'moon' });
  const kept = JSON.stringify([plan, request, change]);
  expect(kept).not.toContain('moon');
  expect(kept).not.toContain('192.0.2.7');
  expect(request.passwordHash).toBe(plan.password?.hash);
});

it('hashes the same differently in each room, and for each password that is set', async () => {
  const plans = [await planWith('moon'), await planWith('moon')];
  expect(plans[0]?.password?.hash).not.toBe(plans[1]?.password?.hash);
  const hashes = plans.map(({ salt }) =>
    seatRequestOf(APPLICANT, { ofAddresses: salt, ofPassword: undefined }),
  );
  const [one, other] = await Promise.all(hashes);
  expect(one?.addressHash).not.toBe(other?.addressHash);
  expect(one?.passwordHash).toBeUndefined();
});

it('makes each guess at a password that is kept cost as much as thousands of hashes', async () => {
  const derive = vi.spyOn(crypto.subtle, 'deriveBits');
  onTestFinished(() => derive.mockRestore());
  await planWith('moon');
  const [algorithm] = derive.mock.calls[0] ?? [];
  expect(algorithm).toMatchObject({ name: 'PBKDF2' });
  expect((algorithm as Pbkdf2Params).iterations).toBeGreaterThanOrEqual(20_000);
});

it('takes a password for the same, however a system writes its letters', async () => {
  const plan = await planWith('caf\u00e9');
  const salts = { ofAddresses: '', ofPassword: plan.password?.salt };
  const request = await seatRequestOf({ ...APPLICANT, password: 'cafe\u0301' }, salts);
  expect(request.passwordHash).toBe(plan.password?.hash);
});

it('takes a password away, and leaves it as it is', async () => {
  expect(await changeOf({ password: null })).toEqual({ password: null });
  expect(await changeOf({ locked: true })).toEqual({ locked: true });
});

it('knows a token by its SHA-256', async () => {
  expect(await hashToken('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});

it('a peer that asks for a seat as it joins is known by its token, also before the room was made', async () => {
  const claim = { id: 'bob', token: 'secret', isOwner: false };
  const tokenHash = await hashToken('secret');
  const wish = { address: undefined };
  const known = { id: 'bob', tokenHash, formerTokenHash: tokenHash };
  expect(await joiningRequestOf(claim, wish, undefined)).toMatchObject(known);
  expect(await joiningRequestOf({ ...claim, tokenHash }, wish, undefined)).toMatchObject(known);
  const owner = await joiningRequestOf({ ...claim, isOwner: true }, wish, undefined);
  expect(owner.tokenHash).toBeUndefined();
});
