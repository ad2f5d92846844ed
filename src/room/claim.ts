/** Who wants an id, or has one. */
export interface Claim {
  readonly id: string;
  readonly token: string;
  /** The token is signed for this id (its `sub`), so this peer may take the id from anybody. */
  readonly isOwner: boolean;
  /** The id of the request that the peer joined with: all log lines of the connection have it. */
  readonly requestId?: string | undefined;
}

/**
 * The request by which the Worker asks a coordinator to admit a peer. The URL is made here, because a
 * client that chose it could claim to own any id.
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
