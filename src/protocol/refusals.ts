/**
 * Why a peer is turned away, and the sentence it is told. Where the official server (`peer` 1.0.2)
 * has a sentence for the reason, it is that one to the letter, since programs compare it.
 */
const SENTENCES = {
  'missing-parameters': 'No id, token, or key supplied to websocket server',
  'invalid-key': 'Invalid key provided',
  'invalid-token': 'Invalid token provided',
  'invalid-id': 'Invalid id: it must have 1 to 128 characters and no control characters',
  'invalid-path':
    'Invalid path: each part must have 1 to 128 characters and no control characters, and /room/ must be followed by a name',
  'id-taken': 'ID is taken',
  'room-full': 'The room is full',
  'realm-full': 'Server has reached its concurrent user limit',
} as const;

/** Machine-readable: the `type` in the payload of an ERROR, and the reason of the close that follows. */
export type RefusalReason = keyof typeof SENTENCES;

/** The sentence for a person. */
export function refusalSentence(reason: RefusalReason): string {
  return SENTENCES[reason];
}

/** Whether a text that came from a coordinator is a reason. */
export function isRefusalReason(text: string): text is RefusalReason {
  return Object.hasOwn(SENTENCES, text);
}

/**
 * The frame that turns a peer away. PeerJS aborts at it, so it is followed by a close and sent for
 * nothing less. An id that is taken has a frame of its own, which PeerJS reports as
 * `unavailable-id`.
 */
export function refusalFrame(reason: RefusalReason): string {
  const msg = SENTENCES[reason];
  return reason === 'id-taken'
    ? JSON.stringify({ type: 'ID-TAKEN', payload: { msg } })
    : JSON.stringify({ type: 'ERROR', payload: { msg, type: reason } });
}
