import type { RoomChange } from '../protocol/roomRequests.ts';
import type { Claim } from './claim.ts';
import type { NewRoom, SeatApplicant } from './ManagedRooms.ts';
import type { ManagedChange, PasswordHash, RoomPlan, SeatRequest } from './managedRecord.ts';
import type { SeatWish } from './Runtime.ts';

/**
 * Tokens, passwords and addresses must not be kept as they are. They are hashed before a room is asked,
 * since hashing is asynchronous and the rules of a room are not.
 */

/** Of PBKDF2. They make guessing slow, and take about 10 ms for a player who has the password. */
const ITERATIONS = 20_000;
const SALT_BYTES = 16;
/** The length of the hash of an address: enough that no two in a room collide. */
const ADDRESS_HASH_BYTES = 12;

/** What is hashed together with what must not be kept. */
export interface Salts {
  readonly ofAddresses: string;
  /** Undefined where there is no password. */
  readonly ofPassword: string | undefined;
}

/** The hash by which a seat's token is known. */
export async function hashToken(token: string): Promise<string> {
  return base64url(await sha256(token));
}

/** A claim with the hash of its token, by which a managed room knows whose seat it is. */
export async function withTokenHash(claim: Claim): Promise<Claim> {
  return { ...claim, tokenHash: await hashToken(claim.token) };
}

/** The plan of a new room, with salts of its own, and the request for its first seat. */
export async function foundingOf(
  { password, ...room }: NewRoom,
  applicant: SeatApplicant,
): Promise<{ readonly plan: RoomPlan; readonly firstSeat: SeatRequest }> {
  const plan = {
    ...room,
    password: password === undefined ? undefined : await newPassword(password),
    salt: newSalt(),
  };
  // The player who makes the room need not repeat its password.
  const salts = { ofAddresses: plan.salt, ofPassword: undefined };
  return { plan, firstSeat: await seatRequestOf(applicant, salts) };
}

/** The request for a seat in a room with these salts. */
export async function seatRequestOf(
  { password, address, ...applicant }: SeatApplicant,
  salts: Salts | undefined,
): Promise<SeatRequest> {
  if (salts === undefined) return applicant;
  const { ofAddresses, ofPassword } = salts;
  return {
    ...applicant,
    ...(password !== undefined &&
      ofPassword !== undefined && { passwordHash: await derive(password, ofPassword) }),
    ...(address !== undefined && {
      addressHash: base64url((await sha256(ofAddresses + address)).slice(0, ADDRESS_HASH_BYTES)),
    }),
  };
}

/** The request for a seat of a peer that asks for one as it joins: with the id and the token that it has. */
export async function joiningRequestOf(
  { id, token, tokenHash, isOwner }: Claim,
  { address }: SeatWish,
  salts: Salts | undefined,
): Promise<SeatRequest> {
  // Always with a hash: a request without one counts as proven by a signed token. The claim may have none
  // yet, if the room was made since it was read.
  const hash = isOwner ? undefined : (tokenHash ?? (await hashToken(token)));
  return seatRequestOf({ id, tokenHash: hash, formerTokenHash: hash, address }, salts);
}

/** A change with its password hashed. */
export async function changeOf({ password, ...change }: RoomChange): Promise<ManagedChange> {
  if (password === undefined) return change;
  return { ...change, password: password === null ? null : await newPassword(password) };
}

async function newPassword(password: string): Promise<PasswordHash> {
  const salt = newSalt();
  return { salt, hash: await derive(password, salt) };
}

async function derive(password: string, salt: string): Promise<string> {
  const utf8 = new TextEncoder();
  // Different systems type the same word as different code points.
  const text = utf8.encode(password.normalize('NFC'));
  const key = await crypto.subtle.importKey('raw', text, 'PBKDF2', false, ['deriveBits']);
  const algorithm = {
    name: 'PBKDF2',
    hash: 'SHA-256',
    salt: utf8.encode(salt),
    iterations: ITERATIONS,
  };
  return base64url(new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256)));
}

function newSalt(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(SALT_BYTES)));
}

/** The SHA-256 digest of a text. */
export async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function base64url(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
