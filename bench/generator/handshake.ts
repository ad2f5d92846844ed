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

/** What one side of a connection says: a description, then ten candidates. */
export function sideMessages(
  type: 'OFFER' | 'ANSWER',
  src: string,
  dst: string,
): readonly MessageTemplate[] {
  const candidate = messageTemplate('CANDIDATE', src, dst, 100);
  return [
    messageTemplate(type, src, dst, 2500),
    ...new Array<MessageTemplate>(CANDIDATES).fill(candidate),
  ];
}

/** @returns a function that sends all that one side of a connection says. */
export function handshakeSide(
  delivery: Delivery,
  type: 'OFFER' | 'ANSWER',
  from: Party,
  to: Party,
): () => void {
  const templates = sideMessages(type, from.id, to.id);
  const send = delivery.stream(from.index, to.index, templates);
  return () => {
    for (let count = 0; count < templates.length; count += 1) send();
  };
}
