/**
 * Why a peer or a message is turned away, and the sentence the peer is told. Where the official server (`peer` 1.0.2)
 * has a sentence for the reason, it is that one to the letter, since programs compare it.
 */
const SENTENCES = {
  'missing-parameters': 'No id, token, or key supplied to websocket server',
  'invalid-key': 'Invalid key provided',
  'invalid-token': 'Invalid token provided',
  'invalid-id': 'Invalid id: it must have 1 to 512 characters, all of them visible',
  'invalid-path':
    'Invalid path: it must have at most 1000 bytes, each part 1 to 128 characters, all of them visible, and /room/ must be followed by a name',
  'id-taken': 'ID is taken',
  'room-full': 'The room is full',
  'origin-not-allowed': 'Pages of this origin may not connect to this server',
  'too-many-connections': 'Too many connections from this address: try again in a minute',
  'rate-limit-exceeded': 'Too many messages for too long',
  'message-too-large': 'The message is too large: it was dropped',
  'invalid-message': 'Too many frames that are no messages of the PeerJS protocol',
  'realm-full': 'Server has reached its concurrent user limit',
} as const;

/** Machine-readable: the `type` in the payload of an ERROR, and the reason of the close that follows. */
export type RefusalReason = keyof typeof SENTENCES;

export const REFUSAL_REASONS = Object.keys(SENTENCES) as RefusalReason[];

/** The sentence for a person. */
export function refusalSentence(reason: RefusalReason): string {
  return SENTENCES[reason];
}

/** Whether a text that came from a coordinator is a reason. */
export function isRefusalReason(text: string): text is RefusalReason {
  return Object.hasOwn(SENTENCES, text);
}

/**
 * The frame that turns a peer or its message away. PeerJS aborts at it: a peer that was never open
 * is destroyed, one that was is disconnected. So it is sent for nothing less. An id that is taken has a frame of its own, which PeerJS reports as
 * `unavailable-id`.
 */
export function refusalFrame(reason: RefusalReason): string {
  const msg = SENTENCES[reason];
  return reason === 'id-taken'
    ? JSON.stringify({ type: 'ID-TAKEN', payload: { msg } })
    : JSON.stringify({ type: 'ERROR', payload: { msg, type: reason } });
}
