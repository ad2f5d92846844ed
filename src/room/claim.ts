/** Who wants an id, or has it. */
export interface Claim {
  readonly id: string;
  readonly token: string;
  /** The token is signed for this very id (its `sub`), so it may have the id from anybody. */
  readonly isOwner: boolean;
  /** Of the request that the peer came with: it ties the log lines of one connection together. */
  readonly requestId?: string | undefined;
}
