import type { RefusalReason } from '../protocol/refusals.ts';
import type { Claim } from '../room/claim.ts';

/**
 * How a join travels from the Worker to a coordinator and its refusal back. A call of a method
 * (RPC) would be the natural way, but cannot carry a WebSocket ("Could not serialize object of type
 * WebSocket", workerd 1.20261102), and a call before the upgrade would be billed as a second
 * request. So the claim travels with the upgrade, in a header that is made here, over any header of
 * that name which the client sent.
 */
const CLAIM_HEADER = 'Peer-Claim';

/** The request by which the Worker asks a coordinator to admit a peer. */
export function joinRequest(claim: Claim, upgrade: Request): Request {
  const headers = new Headers(upgrade.headers);
  // A header has no characters beyond Latin-1, and an id may have any.
  headers.set(CLAIM_HEADER, encodeURIComponent(JSON.stringify(claim)));
  return new Request('https://coordinator/', { headers });
}

/** Reads what `joinRequest` wrote. */
export function claimOf(request: Request): Claim {
  return JSON.parse(decodeURIComponent(request.headers.get(CLAIM_HEADER) ?? '')) as Claim;
}

/** The answer to a join that the room refuses. */
export function refusalResponse(refusal: RefusalReason): Response {
  return Response.json({ refusal }, { status: 403 });
}

/** Reads what `refusalResponse` wrote. */
export async function refusalOf(response: Response): Promise<RefusalReason> {
  const { refusal } = await (response.json() as Promise<{ refusal: RefusalReason }>);
  return refusal;
}
