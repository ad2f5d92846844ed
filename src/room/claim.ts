/** Who wants an id, or has one. */
export interface Claim {
  readonly id: string;
  readonly token: string;
  /** The hash of the token, by which a seat in a managed room is known. Undefined where it is not needed. */
  readonly tokenHash?: string | undefined;
  /** The token is signed for this id (its `sub`), so this peer may take the id from anybody. */
  readonly isOwner: boolean;
  /** The id of the request that the peer joined with: all log lines of the connection have it. */
  readonly requestId?: string | undefined;
  /** It wants to be told of the room from the first moment on, as if a ROOM frame had come with it. */
  readonly asksForRoom?: true | undefined;
  /** It says that it is the first socket of its page: the connections of a page before are dead. */
  readonly isNewPage?: true | undefined;
}
