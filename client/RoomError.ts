/** Why something about a room failed, for programs. docs/make-a-game.md says what to do about each. */
export type RoomErrorType =
  // Found here.
  | 'no-server'
  | 'insecure-server'
  | 'old-server'
  | 'blocked-socket'
  | 'no-webrtc'
  | 'no-token'
  | 'not-loaded'
  | 'offline'
  | 'left'
  // Said by the server.
  | 'invalid-request'
  | 'invalid-key'
  | 'invalid-token'
  | 'invalid-id'
  | 'invalid-path'
  | 'origin-not-allowed'
  | 'no-such-room'
  | 'no-such-peer'
  | 'no-other-peer'
  | 'room-full'
  | 'room-locked'
  | 'wrong-password'
  | 'seat-required'
  | 'not-the-host'
  | 'not-managed'
  | 'kicked'
  | 'banned'
  | 'id-taken'
  | 'code-in-use'
  | 'too-many-requests'
  | 'relay-limit-exceeded'
  | 'rate-limit-exceeded'
  | 'invalid-message'
  | 'realm-full'
  | 'missing-parameters';

/** What a promise of the kit rejects with: a `type` for programs, and a sentence for people. */
export class RoomError extends Error {
  override readonly name = 'RoomError';
  readonly type: RoomErrorType;

  constructor(type: RoomErrorType, message: string) {
    super(message);
    this.type = type;
  }
}
