/** A position in the field: 0 to 1 from the left and from the top. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The messages that players send each other directly. */
export type PlayerMessage =
  | { readonly type: 'cursor'; readonly at: Point }
  /** Asks for a pong with the same `sent`. `roundTrips`: milliseconds to each other player. */
  | {
      readonly type: 'ping';
      readonly sent: number;
      readonly roundTrips: Readonly<Record<string, number>>;
    }
  | { readonly type: 'pong'; readonly sent: number };

/** Reads a message of another player. Anyone can join a room, so it may be anything. */
export function readMessage(data: unknown): PlayerMessage | undefined {
  if (!isRecord(data)) return undefined;
  const { type, at, sent, roundTrips } = data;
  if (type === 'cursor' && isRecord(at)) {
    const { x, y } = at;
    return isShare(x) && isShare(y) ? { type, at: { x, y } } : undefined;
  }
  if (typeof sent !== 'number') return undefined;
  if (type === 'pong') return { type, sent };
  if (type === 'ping' && isRecord(roundTrips)) {
    const numbers = Object.entries(roundTrips).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] >= 0,
    );
    return { type, sent, roundTrips: Object.fromEntries(numbers) };
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
