/**
 * Why a request about a room is refused, by HTTP or by a ROOM frame, and the sentence for a person.
 * The types are those of ERROR frames where both exist.
 */
const SENTENCES = {
  'not-the-host': 'Only the host of the room may do this',
  'not-managed': 'Only a room that was created by POST …/rooms has this',
  'no-such-room': 'No room of this game has this code',
  'wrong-password': 'The password is wrong',
  banned: 'The host of the room has banned you',
  'room-full': 'The room is full',
  'room-locked': 'The room is locked',
  'state-too-large': 'The state of the room would have more than 4096 bytes as JSON',
  'no-such-peer': 'No member of the room has this id',
  'no-other-peer': 'Nobody else in the room could be the host',
} as const;

/** Machine-readable: the `type` of an error. */
export type RoomRefusal = keyof typeof SENTENCES;

/** The sentence for a person. */
export function roomRefusalSentence(refusal: RoomRefusal): string {
  return SENTENCES[refusal];
}
