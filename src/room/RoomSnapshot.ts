import type { ManagedRecord } from './managedRecord.ts';
import type { AwayRecord } from './records.ts';

/** A managed room as another process needs it to go on with it. Plain data. */
export interface RoomSnapshot {
  readonly managed: ManagedRecord;
  /** Who is in the room. */
  readonly peers: readonly Omit<AwayRecord, 'until'>[];
}
