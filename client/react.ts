import { useEffect, useReducer, useState } from 'react';
import type { Room, RoomError, RoomPeer } from './index.ts';

/** A room that a component is in, or why it is not. Neither, while it comes in. */
export interface RoomState {
  readonly room?: Room;
  readonly error?: RoomError;
}

/**
 * Comes into a room while a component is shown, and leaves it with the component. The component is
 * drawn anew at each change in the room.
 *
 * @param enter such as `() => joinRoom(where, code, { name })`.
 * @param dependencies when one of them changes, `enter` is called again, and the room before is left.
 */
export function useRoom(
  enter: () => Promise<Room>,
  dependencies: readonly unknown[] = [],
): RoomState {
  const [state, setState] = useState<RoomState>({});
  useEffect(() => {
    let isShown = true;
    // React's StrictMode shows, hides and shows each component in one go: only the last comes in.
    const coming = Promise.resolve().then(() => (isShown ? enter() : undefined));
    coming.then(
      (room) => isShown && room && setState({ room }),
      (error: RoomError) => isShown && setState({ error }),
    );
    return () => {
      isShown = false;
      setState({});
      coming.then((room) => room?.leave()).catch(() => {});
    };
  }, dependencies);
  useUpdates(state.room);
  return state;
}

/** The other players of a room. The component is drawn anew when one changes. */
export function usePeers(room: Room | undefined): readonly RoomPeer[] {
  useUpdates(room);
  return room ? [...room.peers.values()] : [];
}

function useUpdates(room: Room | undefined): void {
  const [, update] = useReducer((count: number) => count + 1, 0);
  useEffect(() => room?.on('update', update), [room]);
}
