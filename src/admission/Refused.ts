import type { RoomRefusal } from '../protocol/roomRefusals.ts';
import { type Outcome, type RoomError, roomError } from '../room/ManagedRooms.ts';

/** Thrown to refuse a request. */
export class Refused extends Error {
  readonly error: RoomError;

  constructor(error: RoomError) {
    super(error.msg);
    this.error = error;
  }
}

/** Refuses a request. */
export function refuse(type: RoomRefusal): never {
  throw new Refused(roomError(type));
}

/** The result of a request, unless it is refused. */
export function orRefuse<T>(outcome: Outcome<T>): T {
  if ('refusal' in outcome) throw new Refused(outcome.refusal);
  return outcome.value;
}
