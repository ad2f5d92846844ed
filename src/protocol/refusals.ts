import { roomRefusalSentence } from './roomRefusals.ts';

/**
 * The reasons to refuse a join or to drop a message, with a sentence for each. If the official
 * server (`peer` 1.0.2) has a sentence for a reason, it is exactly that one, since programs compare
 * it. One that requests by HTTP have too has the sentence of theirs.
 */
const SENTENCES = {
  'missing-parameters': 'No id, token, or key supplied to websocket server',
  'invalid-key': roomRefusalSentence('invalid-key'),
  'invalid-token': roomRefusalSentence('invalid-token'),
  'invalid-id': 'Invalid id: it must have 1 to 512 characters, all of them visible',
  'invalid-path':
    'Invalid path: it must have at most 1000 bytes, each part 1 to 128 characters, all of them visible, and /room/ must be followed by a name',
  'id-taken': 'ID is taken',
  'room-full': roomRefusalSentence('room-full'),
  'origin-not-allowed': roomRefusalSentence('origin-not-allowed'),
  'too-many-connections': 'Too many connections from this address: try again in a minute',
  'rate-limit-exceeded': 'Too many messages for too long',
  'message-too-large': 'The message is too large: it was dropped',
  'invalid-message': 'Too many frames that are no messages of the PeerJS protocol',
  'seat-required': 'This room needs a seat: ask for one by HTTP',
  // Of a peer that asks for a seat as it joins, as by HTTP.
  'no-such-room': roomRefusalSentence('no-such-room'),
  'wrong-password': roomRefusalSentence('wrong-password'),
  banned: roomRefusalSentence('banned'),
  'room-locked': roomRefusalSentence('room-locked'),
  'too-many-requests': roomRefusalSentence('too-many-requests'),
  kicked: 'The host of the room has removed you',
  'realm-full': 'Server has reached its concurrent user limit',
} as const;

/**
 * For programs: the `type` in the payload of an ERROR, and the reason of the close that follows.
 */
export type RefusalReason = keyof typeof SENTENCES;

export const REFUSAL_REASONS = Object.keys(SENTENCES) as RefusalReason[];

/**
 * The reasons without an ERROR, since PeerJS would give up: a dropped message is answered by
 * EXPIRE, and a join that may succeed in a minute is only closed.
 */
const WITHOUT_ERROR = ['message-too-large', 'too-many-connections'] as const;

/** A reason to refuse a join or to end a session, and so to send an ERROR. */
export type ErrorReason = Exclude<RefusalReason, (typeof WITHOUT_ERROR)[number]>;

/** Whether a reason refuses a join or ends a session, so that the peer gets an ERROR. */
export function isErrorReason(reason: RefusalReason): reason is ErrorReason {
  return !(WITHOUT_ERROR as readonly RefusalReason[]).includes(reason);
}

/** The sentence for people. */
export function refusalSentence(reason: RefusalReason): string {
  return SENTENCES[reason];
}

/** Whether a text is one of the reasons. */
export function isRefusalReason(text: string): text is RefusalReason {
  return Object.hasOwn(SENTENCES, text);
}

/**
 * The frame that refuses a join or ends a session. PeerJS aborts at it: it destroys a peer that was
 * never open, and disconnects one that was. So nothing else sends it. A taken id has a frame
 * of its own, which PeerJS reports as `unavailable-id`.
 */
export function refusalFrame(reason: ErrorReason): string {
  const msg = SENTENCES[reason];
  return reason === 'id-taken'
    ? JSON.stringify({ type: 'ID-TAKEN', payload: { msg } })
    : JSON.stringify({ type: 'ERROR', payload: { msg, type: reason } });
}
