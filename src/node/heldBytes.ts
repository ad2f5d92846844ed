/**
 * Bytes that half-read messages of all clients may take together. A message nearly always comes in one
 * piece, so more bytes mean an attack, or thousands of pictures at the same moment.
 */
const MOST_HELD = 64 * 1_048_576;

/** Holds what it has read of a message until the rest comes. */
export interface Holder {
  readonly heldBytes: number;
  /** Lets go of it: the message is lost, and its sender gets EXPIRE. */
  letGo(): void;
}

/** The holders, with what they hold. */
const holders = new Map<Holder, number>();
let heldInAll = 0;

/**
 * A holder holds more or less than before. If all together hold too much, the one with the most lets go.
 * That is never a client that sends only the short messages of a game.
 */
export function noteHeld(holder: Holder): void {
  const bytes = holder.heldBytes;
  heldInAll += bytes - (holders.get(holder) ?? 0);
  if (bytes === 0) holders.delete(holder);
  else holders.set(holder, bytes);
  if (heldInAll > MOST_HELD) largest()?.letGo();
}

function largest(): Holder | undefined {
  let found: Holder | undefined;
  let most = 0;
  for (const [holder, bytes] of holders) {
    if (bytes <= most) continue;
    found = holder;
    most = bytes;
  }
  return found;
}
