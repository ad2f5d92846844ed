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
  /** What the page calls itself. It reconnects under this name, whatever its token, and another page is new. */
  readonly page?: string | undefined;
}
