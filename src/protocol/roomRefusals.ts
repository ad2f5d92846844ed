/** Why what a member asks of its room is refused, and the sentence for a person. */
const SENTENCES = {
  'not-the-host': 'Only the host of the room may do this',
  'no-such-peer': 'No member of the room has this id',
  'no-other-peer': 'Nobody else in the room could be the host',
} as const;

/** Machine-readable: the `type` of an error. */
export type RoomRefusal = keyof typeof SENTENCES;

/** The sentence for a person. */
export function roomRefusalSentence(refusal: RoomRefusal): string {
  return SENTENCES[refusal];
}
