/** How much of the end of a frame is searched: enough for an id of 512 escaped characters. */
export const TAIL_LENGTH = 3200;

/** PeerJS puts `dst` last in its frames. */
const LAST_FIELD = /"dst":("(?:[^"\\]|\\.)*")\}$/;

const utf8 = new TextDecoder();

/**
 * The receiver of a frame that is dropped without parsing, since it is too large or over the rate:
 * parsing would cost what dropping it saves. The result may be wrong for a frame that PeerJS did
 * not make, so it may only be used to tell something to the sender.
 *
 * @returns undefined if the end of the frame does not show it.
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
