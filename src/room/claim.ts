/** Who wants an id, or has one. */
export interface Claim {
  readonly id: string;
  readonly token: string;
  /** The hash of the token, which finds the seat in a managed room. Undefined where it is not needed. */
  readonly tokenHash?: string | undefined;
  /** The token is signed for this id (its `sub`), so this peer may take the id from anybody. */
  readonly isOwner: boolean;
  /** The id of the request that the peer joined with: all log lines of the connection have it. */
  readonly requestId?: string | undefined;
  /** The peer wants to be told of the room at once, as if it had sent a ROOM frame. */
  readonly asksForRoom?: true | undefined;
  /**
   * The name that the page gives itself. A page with the same name reconnects, whatever its token; a page
   * with another name is new. Without names, the token decides.
   */
  readonly page?: string | undefined;
}
