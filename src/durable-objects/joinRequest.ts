import type { RefusalReason } from '../protocol/refusals.ts';
import type { Claim } from '../room/claim.ts';

/**
 * How a join gets from the Worker to a coordinator, and a refusal back. A method call (RPC) cannot
 * carry a WebSocket ("Could not serialize object of type WebSocket", workerd 1.20261102), and a
 * call before the upgrade would be billed as a second request. So the claim goes with the upgrade,
 * in a header. No header of the client goes with it.
 */
const CLAIM_HEADER = 'Peer-Claim';
/** On the request: the peer may join only with a seat that it was given. */
const SEAT_HEADER = 'Must-Hold-Seat';
/** On the answer: nobody had made the room, and nobody was there. */
const NOBODY_HEADER = 'Found-Nobody';

/** The request with which the Worker asks a coordinator to admit a peer. */
export function joinRequest(claim: Claim, mustHoldSeat = false): Request {
  return new Request('https://coordinator/', {
    headers: {
      Upgrade: 'websocket',
      // A header may only have Latin-1 characters, and an id may have any.
      [CLAIM_HEADER]: encodeURIComponent(JSON.stringify(claim)),
      ...(mustHoldSeat && { [SEAT_HEADER]: 'yes' }),
    },
  });
}

/** Reads what `joinRequest` wrote. */
export function claimOf(request: Request): Claim {
  return JSON.parse(decodeURIComponent(request.headers.get(CLAIM_HEADER) ?? '')) as Claim;
}

/** Whether the peer may join only with a seat that it was given. */
export function mustHoldSeat({ headers }: Request): boolean {
  return headers.has(SEAT_HEADER);
}

/** The headers of the answer to a join that the room accepts. */
export function joinedHeaders(foundNobody: boolean): HeadersInit {
  return foundNobody ? { [NOBODY_HEADER]: 'yes' } : {};
}

/** Reads what `joinedHeaders` wrote. */
export function foundNobody({ headers }: Response): boolean {
  return headers.has(NOBODY_HEADER);
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
