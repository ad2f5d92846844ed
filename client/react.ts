import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { JsonObject, Room, RoomError, RoomPeer } from './index.ts';

/** What a component shows of a room at one moment. It never changes: each change makes a new one. */
export type RoomSnapshot<State extends object = JsonObject> = Pick<
  Room<State>,
  | 'code'
  | 'url'
  | 'selfId'
  | 'players'
  | 'peers'
  | 'hostId'
  | 'isHost'
  | 'term'
  | 'size'
  | 'locked'
  | 'started'
  | 'meta'
  | 'state'
  | 'status'
>;

/** The room that a component is in, or the error that keeps it out. Neither, while it is entering. */
export interface RoomState<State extends object = JsonObject> {
  /** Always the same, for its methods and for effects. */
  readonly room?: Room<State> | undefined;
  /** To be shown. React Compiler draws again what comes from here, and not what comes from `room`. */
  readonly now?: RoomSnapshot<State> | undefined;
  readonly error?: RoomError | undefined;
}

/**
 * Comes into a room while a component is shown, and leaves it with the component. The component is
 * drawn anew at each change in the room.
 *
 * @param enter such as `() => joinRoom(where, code, { name })`.
 * @param dependencies when one of them changes, `enter` is called again, and the room before is left.
 */
export function useRoom<State extends object = JsonObject>(
  enter: () => Promise<Room<State>>,
  dependencies: readonly unknown[] = [],
): RoomState<State> {
  const [entered, setEntered] = useState<Omit<RoomState<State>, 'now'>>({});
  useEffect(() => {
    let isShown = true;
    const show = (state: typeof entered) => isShown && setEntered(state);
    // React's StrictMode shows, hides and shows each component in one go: only the last comes in.
    const coming = Promise.resolve().then(() => (isShown ? enter() : undefined));
    coming.then(
      (room) => {
        show({ room });
        room?.on('status', (_, error) => error && show({ room, error }));
      },
      (error: RoomError) => show({ error }),
    );
    return () => {
      isShown = false;
      setEntered({});
      coming.then((room) => room?.leave()).catch(() => {});
    };
  }, dependencies);
  const { room, error } = entered;
  return { room, now: useNow(room), error };
}

/** The other players of a room, as they are now. The component is drawn anew when one changes. */
export function usePeers(room: Room<object> | undefined): readonly RoomPeer[] {
  const peers = useNow(room)?.peers;
  return useMemo(() => [...(peers?.values() ?? [])], [peers]);
}

/** The last snapshot of each room that is shown. */
const snapshots = new WeakMap<Room<object>, RoomSnapshot<object>>();

function useNow<State extends object>(
  room: Room<State> | undefined,
): RoomSnapshot<State> | undefined {
  const subscribe = useCallback(
    (changed: () => void) => room?.on('update', changed) ?? (() => {}),
    [room],
  );
  const read = () => room && snapshotOf(room);
  // Where a server draws the page, there is no room.
  return useSyncExternalStore(subscribe, read, read);
}

function snapshotOf<State extends object>(room: Room<State>): RoomSnapshot<State> {
  if (!snapshots.has(room)) {
    const take = () => snapshots.set(room, snapshot(room));
    take();
    // This listener comes before those that are told of the update and read the snapshot.
    room.on('update', take);
  }
  return snapshots.get(room) as RoomSnapshot<State>;
}

/** Everything that a room changes in place is copied. */
function snapshot<State extends object>(room: Room<State>): RoomSnapshot<State> {
  const { code, url, selfId, hostId, isHost, term, size, locked, started, meta, state, status } =
    room;
  const peers = new Map(
    [...room.peers].map(([key, { id, name, ready, away, data, ping, via, reason }]) => [
      key,
      { id, name, ready, away, data, ping, via, reason },
    ]),
  );
  const players = room.players.map((player) => peers.get(player.id) ?? player);
  return {
    code,
    url,
    selfId,
    hostId,
    isHost,
    term,
    size,
    locked,
    started,
    meta,
    state,
    status,
    peers,
    players,
  };
}
