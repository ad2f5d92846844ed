import type { ManagedFacts } from '../metrics/Collection.ts';
import type { Outcome, RoomView } from './ManagedRooms.ts';

/** What a report says of a managed room. Of another room it says nothing. */
export function managedFactsOf(outcome: Outcome<RoomView>): { readonly managed?: ManagedFacts } {
  if ('refusal' in outcome) return {};
  const { size, locked, host } = outcome.value;
  return { managed: { size, locked, host } };
}
