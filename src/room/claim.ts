/** Who wants an id, or has it. */
export interface Claim {
  readonly id: string;
  readonly token: string;
  /** The token is signed for this very id (its `sub`), so it may have the id from anybody. */
  readonly isOwner: boolean;
  /** Of the request that the peer came with: it ties the log lines of one connection together. */
  readonly requestId?: string | undefined;
}

/**
 * The request by which the Worker asks a coordinator to admit a peer. Its URL is made here and not
 * taken from the client, who could otherwise claim to own any id.
 */
export function claimRequest(claim: Claim, upgrade: Request): Request {
  const url = new URL('https://coordinator/');
  url.searchParams.set('id', claim.id);
  url.searchParams.set('token', claim.token);
  if (claim.isOwner) url.searchParams.set('isOwner', 'true');
  if (claim.requestId !== undefined) url.searchParams.set('requestId', claim.requestId);
  return new Request(url, upgrade);
}

/** Reads what `claimRequest` wrote. */
export function claimOf(request: Request): Claim {
  const { searchParams } = new URL(request.url);
  return {
    id: searchParams.get('id') ?? '',
    token: searchParams.get('token') ?? '',
    isOwner: searchParams.get('isOwner') === 'true',
    requestId: searchParams.get('requestId') ?? undefined,
  };
}
