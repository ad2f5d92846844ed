import { LocalRooms } from '../../src/node/LocalRooms.ts';
import { NOBODY_WATCHES } from '../../src/room/RoomObserver.ts';
import { parseSettings } from '../../src/settings.ts';

/** The rooms of a process, without its sockets. A fault in one fails the test. */
export function newLocalRooms(onManagedChange?: () => void): LocalRooms {
  const events = {
    connected() {},
    disconnected() {},
    received() {},
    failed(error: unknown) {
      throw error;
    },
  };
  return new LocalRooms(
    parseSettings({}),
    () => NOBODY_WATCHES,
    events,
    () => {},
    onManagedChange,
  );
}
