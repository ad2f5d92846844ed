import fc from 'fast-check';
import type { Claim } from '../../src/room/claim.ts';
import { type Connection, Room, type RoomPolicy } from '../../src/room/Room.ts';
import type { HostileFrame } from './hostileFrames.ts';

/** What a client, the network or the runtime does to a room. `who` picks one of the connections. */
export type Action =
  | {
      readonly do: 'join';
      readonly id: number;
      readonly token: string;
      readonly isOwner: boolean;
      /** The client is gone before the first frame gets out. */
      readonly isBroken: boolean;
    }
  /** A well-formed message, which is followed from here to its end. */
  | {
      readonly do: 'say';
      readonly who: number;
      readonly type: string;
      readonly dst: number | undefined;
      readonly payload: unknown;
      readonly asBytes: boolean;
    }
  | { readonly do: 'send'; readonly who: number; readonly frames: readonly HostileFrame[] }
  /** The heartbeat that the runtime answers without asking the room. */
  | { readonly do: 'beat'; readonly who: number }
  | { readonly do: 'disconnect'; readonly who: number }
  /** From now on sending fails, but the room has not been told that the socket is gone. */
  | { readonly do: 'break'; readonly who: number }
  | { readonly do: 'wait'; readonly ms: number }
  /** The room hibernates: its memory is lost, and its sockets are not. */
  | { readonly do: 'hibernate' };

/** A frame that a room sent. */
export interface RoomFrame {
  readonly type: string;
  readonly src?: string;
  readonly dst?: string;
  readonly payload?: unknown;
}

/** A message that was said, and whether anybody has to hear of it. */
export interface Said {
  readonly number: number;
  readonly type: string;
  readonly src: string;
  readonly dst: string;
}

/** What happened, in order. Times are milliseconds on the clock of the world. */
export type Event =
  | { readonly kind: 'said'; readonly said: Said }
  /** A peer has sent a frame that is not followed. */
  | { readonly kind: 'hostile'; readonly src: string }
  | {
      readonly kind: 'got';
      readonly by: FakeConnection;
      /** Whether the connection spoke for its peer at that moment. */
      readonly isSpeaker: boolean;
      /** Whether its `src` may still come back: it is in its grace, and nobody claims its id just now. */
      readonly isSrcInGrace: boolean;
      readonly text: string;
      readonly frame: RoomFrame;
    }
  | {
      readonly kind: 'closed';
      readonly connection: FakeConnection;
      readonly code: number;
      /** On whose behalf the room was at work. Undefined: nobody's, as when it sees to its deadlines. */
      readonly during: { readonly action: Action; readonly actor: FakeConnection } | undefined;
      /** How long the closed connection had really been silent. */
      readonly silence: number;
    }
  | {
      readonly kind: 'refused';
      readonly claim: Claim;
      readonly reason: string;
      readonly seats: Seats;
    }
  /** After each step. */
  | {
      readonly kind: 'step';
      readonly seats: Seats;
      readonly listed: readonly string[];
      /** The ids that have a connection that speaks, and how long it has been silent. */
      readonly speakers: ReadonlyMap<string, number>;
    }
  /** A peer has lost its seat for good. */
  | { readonly kind: 'gone'; readonly id: string }
  /** An exception came out of the room. */
  | { readonly kind: 'escaped'; readonly error: unknown; readonly action: Action };

/** The ids that take a seat, those in their grace included, with their tokens. */
export type Seats = ReadonlyMap<string, { readonly token: string; readonly graceEnd?: number }>;

/** A socket, as far as a room sees it. */
export class FakeConnection implements Connection {
  readonly claim: Claim;
  /** What the runtime keeps for it while the room has no memory. */
  attachment: { readonly claim: Claim; readonly heardAt: number } | null = null;
  lastHeartbeatAt: number | undefined;
  /** When the client really gave its last sign of life. */
  lastSignAt: number;
  isOpen = true;
  isBroken = false;
  readonly onSend: (text: string) => void;
  readonly onClose: (code: number) => void;

  constructor(
    claim: Claim,
    now: number,
    onSend: (connection: FakeConnection, text: string) => void,
    onClose: (connection: FakeConnection, code: number) => void,
  ) {
    this.claim = claim;
    this.lastSignAt = now;
    this.onSend = (text) => onSend(this, text);
    this.onClose = (code) => onClose(this, code);
  }

  send(text: string): void {
    if (this.isBroken || !this.isOpen)
      throw new TypeError("Can't call WebSocket send() after close().");
    this.onSend(text);
  }

  close(code: number): void {
    this.onClose(code);
    this.isOpen = false;
  }
}

/** How many frames from connections that spoke for a peer all simulations have handed to rooms. */
export let framesReceived = 0;

/**
 * Runs a room through actions, on a clock that moves only with them, and gives it time at the end
 * to finish all that is pending.
 *
 * @param ids the names of the peers that actions have by their number.
 */
export function simulate(
  actions: readonly Action[],
  policy: RoomPolicy,
  ids: readonly string[],
): Event[] {
  const events: Event[] = [];
  const connections: FakeConnection[] = [];
  const seats = new Map<string, { readonly token: string; readonly graceEnd?: number }>();
  let now = 1_800_000_000_000;
  let said = 0;
  let current: { action: Action; actor: FakeConnection } | undefined;
  /** The connections that ceased to speak in this step, and those that the room closed. */
  let forgotten: FakeConnection[] = [];
  let closed = new Map<FakeConnection, number>();

  const host = {
    remember: (connection: FakeConnection, { id, token, isOwner }: Claim, heardAt: number) => {
      connection.attachment = { claim: { id, token, isOwner }, heardAt };
    },
    forget: (connection: FakeConnection) => {
      connection.attachment = null;
      forgotten.push(connection);
    },
    lastHeartbeatAt: (connection: FakeConnection) => connection.lastHeartbeatAt,
    isElsewhere: undefined,
    forward: () => {
      throw new Error('there is nothing elsewhere');
    },
  };
  let room = new Room<FakeConnection>(policy, host);
  /** As a coordinator knows it, which asks only when the room says that there is a change. */
  let scheduled: number | undefined;
  const nextDeadline = () => {
    if (room.takeDeadlineChange()) scheduled = room.nextDeadline;
    if (scheduled !== room.nextDeadline) throw new Error('a new deadline was not told');
    return scheduled;
  };

  const onSend = (by: FakeConnection, text: string) => {
    const frame = JSON.parse(text) as RoomFrame;
    const { graceEnd = 0 } = seats.get(frame.src ?? '') ?? {};
    const isSrcInGrace = graceEnd > now && current?.action.do !== 'join';
    events.push({ kind: 'got', by, isSpeaker: by.attachment !== null, isSrcInGrace, text, frame });
  };
  const onClose = (connection: FakeConnection, code: number) => {
    closed.set(connection, code);
    const silence = now - connection.lastSignAt;
    events.push({ kind: 'closed', connection, code, during: current, silence });
  };

  const leaveSeat = (id: string) => {
    if (seats.delete(id)) events.push({ kind: 'gone', id });
  };
  /** Works out, from what can be seen outside of the room, whose seat is free after a step. */
  const settleSeats = () => {
    for (const connection of forgotten) {
      const { id, token } = connection.claim;
      const code = closed.get(connection);
      const isActor = current?.actor === connection;
      const isReplaced = current?.action.do === 'join' && !isActor && current.actor.claim.id === id;
      if (isReplaced && code !== SILENT) {
        // `join` gave the seat to the newer connection.
      } else if (code === SILENT) {
        if (!isReplaced) leaveSeat(id);
      } else if (
        isActor &&
        isSpeech(current?.action) &&
        code === undefined &&
        !connection.isBroken
      ) {
        leaveSeat(id);
      } else if (typeof policy.leaveGrace === 'number' && policy.leaveGrace > 0) {
        seats.set(id, { token, graceEnd: now + policy.leaveGrace });
      } else {
        leaveSeat(id);
      }
    }
    forgotten = [];
    closed = new Map();
  };
  const endStep = () => {
    settleSeats();
    for (const [id, { graceEnd }] of seats) {
      if (graceEnd !== undefined && graceEnd <= now) leaveSeat(id);
    }
    const speakers = new Map<string, number>();
    for (const { attachment, claim, lastSignAt } of connections) {
      if (attachment !== null) speakers.set(claim.id, now - lastSignAt);
    }
    events.push({ kind: 'step', seats: new Map(seats), listed: room.list(now), speakers });
  };

  const passTime = (until: number) => {
    for (;;) {
      const deadline = nextDeadline();
      if (deadline === undefined || deadline > until) break;
      now = Math.max(now, deadline);
      room.runDeadlines(now);
      endStep();
    }
    now = until;
  };

  const receive = (action: Action, connection: FakeConnection, data: string | ArrayBuffer) => {
    if (connection.attachment !== null) framesReceived += 1;
    connection.lastSignAt = now;
    current = { action, actor: connection };
    room.receive(connection, data, now);
  };

  const run = (action: Action) => {
    const connection =
      'who' in action && connections.length > 0
        ? connections[action.who % connections.length]
        : undefined;
    switch (action.do) {
      case 'join': {
        const { token, isOwner } = action;
        const claim = { id: ids[action.id] ?? '', token, isOwner };
        const joining = new FakeConnection(claim, now, onSend, onClose);
        const reason = room.refusalFor(claim, 0, now);
        settleSeats();
        if (reason !== undefined) {
          events.push({ kind: 'refused', claim, reason, seats: new Map(seats) });
          return;
        }
        current = { action, actor: joining };
        joining.isBroken = action.isBroken;
        connections.push(joining);
        const seat = seats.get(claim.id);
        if (seat !== undefined && seat.token !== token) leaveSeat(claim.id);
        seats.set(claim.id, { token });
        room.join(joining, claim, now);
        return;
      }
      case 'say': {
        if (connection === undefined || !connection.isOpen || connection.isBroken) return;
        const { type, asBytes } = action;
        const dst = action.dst === undefined ? undefined : (ids[action.dst] ?? '');
        said += 1;
        if (connection.attachment !== null) {
          const src = connection.claim.id;
          events.push({ kind: 'said', said: { number: said, type, src, dst: dst ?? '' } });
        }
        const payload = { number: said, more: action.payload };
        const text = JSON.stringify({ payload, type, dst, src: ids[0] });
        receive(action, connection, asBytes ? new TextEncoder().encode(text).buffer : text);
        return;
      }
      case 'send':
        // After the room has closed a socket, what was under way may still come.
        if (connection === undefined || connection.isBroken) return;
        for (const { data } of action.frames) {
          events.push({ kind: 'hostile', src: connection.claim.id });
          receive(action, connection, data);
        }
        return;
      case 'beat':
        if (connection === undefined || !connection.isOpen || connection.isBroken) return;
        connection.lastHeartbeatAt = now;
        connection.lastSignAt = now;
        return;
      case 'disconnect':
        if (connection === undefined) return;
        connection.isOpen = false;
        current = { action, actor: connection };
        room.disconnect(connection, now);
        return;
      case 'break':
        if (connection !== undefined) connection.isBroken = true;
        return;
      case 'wait':
        passTime(now + action.ms);
        return;
      case 'hibernate':
        if (nextDeadline() !== undefined) return;
        room = new Room<FakeConnection>(policy, host);
        for (const connection of connections) {
          const { attachment } = connection;
          if (attachment === null) continue;
          room.restore(connection, attachment.claim, attachment.heardAt);
        }
        return;
      default:
        action satisfies never;
    }
  };

  for (const action of actions) {
    current = undefined;
    try {
      run(action);
    } catch (error) {
      events.push({ kind: 'escaped', error, action });
    }
    endStep();
  }
  current = undefined;
  passTime(now + 60_000);
  endStep();
  return events;
}

/** The close code of a peer that was silent for too long. */
const SILENT = 4001;

function isSpeech(action: Action | undefined): boolean {
  return action?.do === 'say' || action?.do === 'send';
}

/**
 * Sequences of actions of up to `peers` peers.
 *
 * @param frame the hostile frames among them, if there are to be any.
 * @param often how often other things than joining happen, where it is not as often as usual.
 */
export function actionsOf(
  peers: number,
  frame?: fc.Arbitrary<HostileFrame>,
  often: { wait?: number; hibernate?: number; disconnect?: number; break?: number } = {},
): fc.Arbitrary<readonly Action[]> {
  const who = fc.nat(20);
  const id = fc.nat({ max: peers - 1 });
  const join = fc.record({
    do: fc.constant('join' as const),
    id,
    token: fc.constantFrom('first token', 'first token', 'second token'),
    isOwner: fc.nat(9).map((n) => n === 0),
    isBroken: fc.nat(19).map((n) => n === 0),
  });
  const say = fc.record({
    do: fc.constant('say' as const),
    who,
    type: fc.constantFrom('OFFER', 'ANSWER', 'CANDIDATE', 'OFFER', 'CANDIDATE', 'LEAVE', 'EXPIRE'),
    dst: fc.oneof({ weight: 12, arbitrary: id }, { weight: 1, arbitrary: fc.constant(undefined) }),
    payload: fc.oneof(fc.string(), fc.string({ minLength: 100, maxLength: 300 }), fc.jsonValue()),
    asBytes: fc.nat(7).map((n) => n === 0),
  });
  const ms = fc.oneof(fc.nat(50), fc.nat(6000), fc.nat(40_000), fc.nat(100_000));
  return fc.array(
    fc.oneof(
      { weight: 10, arbitrary: join },
      { weight: 50, arbitrary: say },
      ...(frame === undefined
        ? []
        : [
            {
              weight: 15,
              arbitrary: fc.record({
                do: fc.constant('send' as const),
                who,
                frames: fc.array(frame, { minLength: 1, maxLength: 12 }),
              }),
            },
          ]),
      { weight: 4, arbitrary: fc.record({ do: fc.constant('beat' as const), who }) },
      {
        weight: often.disconnect ?? 4,
        arbitrary: fc.record({ do: fc.constant('disconnect' as const), who }),
      },
      {
        weight: often.break ?? 2,
        arbitrary: fc.record({ do: fc.constant('break' as const), who }),
      },
      { weight: often.wait ?? 7, arbitrary: fc.record({ do: fc.constant('wait' as const), ms }) },
      {
        weight: often.hibernate ?? 3,
        arbitrary: fc.record({ do: fc.constant('hibernate' as const) }),
      },
    ),
    { maxLength: 150, size: 'max' },
  );
}
