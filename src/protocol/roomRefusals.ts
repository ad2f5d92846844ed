/**
 * Why a request about a room is refused, by HTTP or by a ROOM frame, and the sentence for a person.
 * The types are those of ERROR frames where both exist.
 */
const SENTENCES = {
  'not-the-host': 'Only the host of the room may do this',
  'not-managed': 'Only a room that was created by POST …/rooms has this',
  'no-such-peer': 'No member of the room has this id',
  'no-other-peer': 'Nobody else in the room could be the host',
} as const;

/** Machine-readable: the `type` of an error. */
export type RoomRefusal = keyof typeof SENTENCES;

/** The sentence for a person. */
export function roomRefusalSentence(refusal: RoomRefusal): string {
  return SENTENCES[refusal];
}
