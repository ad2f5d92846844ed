import { HEARTBEAT_ANSWER } from '../../src/protocol/messages.ts';
import type { FailureCause } from './StepTaker.ts';
import { watchSockets } from './watchSockets.ts';

/** What happens on the sockets of the two players in this page. */
interface PlayerWatch {
  readonly first: SocketEvents;
  readonly second: SocketEvents;
  stop(): void;
}

type SocketEvents = ReturnType<typeof socketEvents>;

/** @param onFailure is told when the server refuses a player, or a socket closes. */
export function watchPlayers(onFailure: (cause: FailureCause) => void): PlayerWatch {
  const first = socketEvents();
  const second = socketEvents();
  const eventsOf = (socket: number) => (socket === 0 ? first : second);
  const stop = watchSockets({
    created: (socket) => eventsOf(socket).created.resolve(),
    opened: (socket, send) => eventsOf(socket).opened.resolve(send),
    received(socket, frame) {
      const events = eventsOf(socket);
      const { type, payload } = JSON.parse(frame) as {
        type: string;
        payload?: { type?: string; msg?: string };
      };
      if (frame === HEARTBEAT_ANSWER) events.answered.resolve();
      if (type === 'OPEN') events.joined.resolve();
      if (type === 'OFFER') events.offered.resolve();
      if (type === 'ANSWER') events.accepted.resolve();
      if (type === 'ERROR' || type === 'ID-TAKEN') {
        onFailure({ kind: 'refused', type: payload?.type ?? '', message: payload?.msg ?? '' });
      }
    },
    closed: (_, code) => onFailure({ kind: 'socket-closed', code }),
  });
  return { first, second, stop };
}

/** What a player's socket has come to. */
function socketEvents() {
  return {
    created: promised<void>(),
    opened: promised<(frame: string) => void>(),
    joined: promised<void>(),
    answered: promised<void>(),
    offered: promised<void>(),
    accepted: promised<void>(),
  };
}

/** A promise, and what resolves it: `Promise.withResolvers` came in 2024. */
function promised<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((it) => {
    resolve = it;
  });
  return { promise, resolve };
}
