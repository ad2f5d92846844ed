/**
 * Why a request about a room is refused, by HTTP or by a ROOM frame, with a sentence for people. The
 * sentence of `invalid-request` names the field instead. Where the official server (`peer` 1.0.2) has a
 * sentence for a reason, it is exactly that one.
 */
const SENTENCES = {
  'invalid-key': 'Invalid key provided',
  'invalid-token': 'Invalid token provided',
  'origin-not-allowed': 'Pages of this origin may not connect to this server',
  'wrong-password': 'The password of the room is another one',
  banned: 'The host of the room has banned you',
  'not-the-host': 'Only the host of the room may do this',
  'no-such-room': 'There is no room with this code',
  'no-such-peer': 'No member of the room has this id',
  'no-other-peer': 'Nobody else in the room could be the host',
  'code-in-use': 'Another room has this code',
  'room-full': 'The room is full',
  'room-locked': 'The room is locked: nobody new may come in',
  'not-managed': 'Nobody made this room by a request, so that it has no lock, state or bans',
  'relay-limit-exceeded': 'More than 20 messages or 64 KB in a second: it was dropped',
  'too-many-requests': 'Too many requests from this address: try again in a minute',
} as const;

/** Why what is asked of a room is refused. */
export type RoomRefusal = keyof typeof SENTENCES;

export const ROOM_REFUSALS = Object.keys(SENTENCES) as RoomRefusal[];

/** Machine-readable: the `type` of an error. */
export type RoomErrorType = RoomRefusal | 'invalid-request';

export const ROOM_ERROR_TYPES: readonly RoomErrorType[] = ['invalid-request', ...ROOM_REFUSALS];

/** The sentence for a person. */
export function roomRefusalSentence(refusal: RoomRefusal): string {
  return SENTENCES[refusal];
}
