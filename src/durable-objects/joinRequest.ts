import type { RefusalReason } from '../protocol/refusals.ts';
import type { Join } from '../room/Runtime.ts';

/**
 * How a join gets from the Worker to a coordinator, and a refusal back. A method call (RPC) cannot
 * carry a WebSocket ("Could not serialize object of type WebSocket", workerd 1.20261102), and a
 * call before the upgrade would be billed as a second request. So the join goes with the upgrade,
 * in a header. No header of the client goes with it.
 */
const JOIN_HEADER = 'Peer-Join';
/** On the answer: nobody had made the room, and nobody was there. */
const NOBODY_HEADER = 'Found-Nobody';

/** A join as its coordinator gets it, which knows its own path. */
type JoinHere = Omit<Join, 'path'>;

/** The request with which the Worker asks a coordinator to admit a peer. */
export function joinRequest({ claim, mustHoldSeat, seatWish }: JoinHere): Request {
  const join: JoinHere = { claim, mustHoldSeat, seatWish };
  return new Request('https://coordinator/', {
    headers: {
      Upgrade: 'websocket',
      // A header may only have Latin-1 characters, and an id may have any.
      [JOIN_HEADER]: encodeURIComponent(JSON.stringify(join)),
    },
  });
}

/** Reads what `joinRequest` wrote. */
export function joinOf(request: Request): JoinHere {
  return JSON.parse(decodeURIComponent(request.headers.get(JOIN_HEADER) ?? '')) as JoinHere;
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
