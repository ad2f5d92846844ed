/** How much of the end of a frame is looked at: an id of 512 characters, each escaped, fits. */
const TAIL_LENGTH = 3200;

/** PeerJS puts `dst` last into its frames. */
const LAST_FIELD = /"dst":("(?:[^"\\]|\\.)*")\}$/;

const utf8 = new TextDecoder();

/**
 * Whom a frame is for that is dropped unread, because it is too large or one too many: reading it
 * whole would cost what dropping it is to save. The answer may be wrong where somebody else than
 * PeerJS made the frame, and must only be used to tell its own sender something.
 *
 * @returns undefined where that cannot be seen.
 */
export function peekDst(frame: string | ArrayBuffer): string | undefined {
  const tail =
    typeof frame === 'string'
      ? frame.slice(-TAIL_LENGTH)
      : utf8.decode(frame.slice(Math.max(0, frame.byteLength - TAIL_LENGTH)));
  const text = LAST_FIELD.exec(tail.trimEnd())?.[1];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
