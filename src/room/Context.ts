import type { RoomObserver } from './RoomObserver.ts';
import type { RoomPolicy } from './RoomPolicy.ts';
import type { Connection, RoomRuntime } from './RoomRuntime.ts';
import type { SteadyClock } from './SteadyClock.ts';

/** What all parts of a room share. */
export interface Context<C extends Connection> {
  readonly policy: RoomPolicy;
  readonly runtime: RoomRuntime<C>;
  readonly observer: RoomObserver;
  readonly clock: SteadyClock;
}
