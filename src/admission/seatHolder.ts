import type { Context } from 'hono';
import { isValidId } from '../protocol/names.ts';
import type { RoomPlace, SeatApplicant, SeatProof } from '../room/ManagedRooms.ts';
import { managedPath } from '../room/managedPath.ts';
import type { Runtime } from '../room/Runtime.ts';
import { hashToken } from '../room/secrets.ts';
import { authorize, bearerTokenOf, hasSignedTokens, tokenOf } from './authorize.ts';
import { clientAddress } from './clientAddress.ts';
import { refuse } from './Refused.ts';

/** The applicant for a seat: with a new id and token, or with those of a signed token. */
export async function newHolder(
  context: Context,
  runtime: Runtime,
  place: RoomPlace,
): Promise<{ readonly applicant: SeatApplicant; readonly token: string }> {
  const { headers } = context.req.raw;
  const address = clientAddress(runtime.address, headers, runtime.settings.trustedProxies);
  const subject = await subjectOf(context, runtime, place);
  if (subject !== undefined) {
    const applicant = { id: subject, tokenHash: undefined, address };
    return { applicant, token: tokenOf(context.req.raw) };
  }
  const token = randomName(16);
  const tokenHash = await hashToken(token);
  return { applicant: { id: `p-${randomName(8)}`, tokenHash, address }, token };
}

/** Whose request it is, where tokens are signed. Each must be for one id, as a seat is. */
export async function subjectOf(
  context: Context,
  runtime: Runtime,
  place: RoomPlace,
): Promise<string | undefined> {
  if (!hasSignedTokens(runtime.settings)) return undefined;
  const token = tokenOf(context.req.raw);
  const { subject } = (await authorize(runtime, managedPath(place), token)) ?? {};
  if (subject === undefined || !isValidId(subject)) return refuse('invalid-token');
  return subject;
}

/** The seat that a request is made from. */
export async function proofOf(
  context: Context,
  runtime: Runtime,
  place: RoomPlace,
): Promise<SeatProof> {
  const id = await subjectOf(context, runtime, place);
  if (id !== undefined) return { id };
  return { tokenHash: await hashToken(bearerTokenOf(context.req.raw) ?? '') };
}

/** A text that nobody can guess: two hexadecimal digits for each byte. */
function randomName(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
