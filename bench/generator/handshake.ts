import type { Delivery } from './Delivery.ts';
import { type MessageTemplate, messageTemplate } from './frames.ts';

const CANDIDATES = 10;

/** Messages of a whole handshake, of both sides. */
export const HANDSHAKE_MESSAGES = 2 * (1 + CANDIDATES);

/** One of the peers of a delivery: its number there, and its id. */
export interface Party {
  readonly index: number;
  readonly id: string;
}

/**
 * What one side of a connection says: a description, then ten candidates.
 *
 * @returns a function that sends all of it.
 */
export function handshakeSide(
  delivery: Delivery,
  type: 'OFFER' | 'ANSWER',
  from: Party,
  to: Party,
): () => void {
  const candidate = messageTemplate('CANDIDATE', from.id, to.id, 100);
  const templates: readonly MessageTemplate[] = [
    messageTemplate(type, from.id, to.id, 2500),
    ...new Array<MessageTemplate>(CANDIDATES).fill(candidate),
  ];
  const send = delivery.stream(from.index, to.index, templates);
  return () => {
    for (let count = 0; count < templates.length; count += 1) send();
  };
}
