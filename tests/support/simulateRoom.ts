import fc from 'fast-check';
import type { Claim } from '../../src/room/claim.ts';
import { meaningOf } from '../../src/room/endings.ts';
import { Room } from '../../src/room/Room.ts';
import type { RoomPolicy } from '../../src/room/RoomPolicy.ts';
import type { Connection } from '../../src/room/RoomRuntime.ts';
import type { AwayRecord, PeerRecord } from '../../src/room/records.ts';
import { SteadyClock } from '../../src/room/SteadyClock.ts';
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
      readonly connection: 'data' | 'media';
      /** With a `src` of its own, or as PeerJS writes it. */
      readonly isForged: boolean;
      readonly asBytes: boolean;
    }
  | { readonly do: 'send'; readonly who: number; readonly frames: readonly HostileFrame[] }
  /** More than may come, and nonsense, for six seconds. */
  | { readonly do: 'flood'; readonly who: number }
  /** The heartbeat that the runtime answers without asking the room. */
  | { readonly do: 'beat'; readonly who: number }
  | { readonly do: 'disconnect'; readonly who: number; readonly code: number }
  /** From now on sending fails, but the room has not been told that the socket is gone. */
  | { readonly do: 'break'; readonly who: number }
  /** From now on nothing arrives, in neither direction, and nobody can see that. */
  | { readonly do: 'die'; readonly who: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'setBack'; readonly ms: number }
  /** The room hibernates, if nothing is pending: its memory is lost, and its sockets are not. */
  | { readonly do: 'hibernate' };

/** A frame that a room sent. */
interface RoomFrame {
  readonly type: string;
  /** No text only in an EXPIRE for a `dst` that was none. */
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

/** On whose behalf the room was at work. */
interface Doing {
  readonly action: Action;
  readonly actor: FakeConnection;
  /** Whether the actor spoke for its peer when it began. */
  readonly wasSpeaker: boolean;
}

/** What happened, in order. Times are milliseconds that have really passed. */
export type Event =
  | { readonly kind: 'said'; readonly said: Said; readonly by: FakeConnection }
  /** A peer has sent a frame that is not followed. */
  | { readonly kind: 'hostile'; readonly by: FakeConnection }
  /** The room has sent a frame. */
  | {
      readonly kind: 'got';
      readonly by: FakeConnection;
      /** Whether the connection spoke for its peer at that moment. */
      readonly isSpeaker: boolean;
      /** Sent, but the socket was dead. */
      readonly isSwallowed: boolean;
      readonly during: Doing | undefined;
      /** Of the room's clock: the same for all that happens in one second of it. */
      readonly second: string;
      readonly text: string;
      readonly frame: RoomFrame;
    }
  | {
      readonly kind: 'closed';
      readonly connection: FakeConnection;
      readonly code: number;
      readonly during: Doing | undefined;
      /** How long the closed connection had really been silent. */
      readonly silence: number;
      readonly wasSpeaker: boolean;
      /** How long ago it was first asked for data, where it never said anything. */
      readonly unanswered: number | undefined;
    }
  | {
      readonly kind: 'refused';
      readonly claim: Claim;
      readonly reason: string;
      readonly speakers: ReadonlyMap<string, FakeConnection>;
      readonly away: readonly AwayRecord[];
      /** How many connections of this id were let in within a minute before. */
      readonly recentJoins: number;
    }
  /** A peer was told by the server that another one has left. */
  | { readonly kind: 'told'; readonly of: string; readonly fault: string | undefined }
  /** What is sent to a connection from now on does not arrive. */
  | { readonly kind: 'failed'; readonly connection: FakeConnection }
  /** A connection no longer speaks for its peer. */
  | {
      readonly kind: 'ended';
      readonly connection: FakeConnection;
      readonly how: End['how'] | 'replaced' | 'reloaded';
      /** Its seat went to a newcomer. */
      readonly isForNewcomer: boolean;
    }
  /** What the room knew of dead sockets is lost. */
  | { readonly kind: 'hibernated' }
  /** After each step. */
  | {
      readonly kind: 'step';
      /** As in `got`. */
      readonly second: string;
      /** As the room counts them. */
      readonly size: number;
      /** The ids that have a seat. */
      readonly seats: ReadonlySet<string>;
      readonly listed: readonly string[];
      /** The ids that are connected, how long they have been silent, and whether they ever beat. */
      readonly speakers: ReadonlyMap<string, { silence: number; sendsHeartbeats: boolean }>;
    }
  | { readonly kind: 'finished'; readonly pending: readonly unknown[] }
  /** An exception came out of the room. */
  | { readonly kind: 'escaped'; readonly error: unknown; readonly action: Action };

/** How a peer was last parted from the room, and when. */
interface End {
  readonly how: 'gone' | 'left' | 'lost';
  readonly at: number;
}

/** A socket, as far as a room sees it. */
export class FakeConnection implements Connection {
  readonly claim: Claim;
  /** What the runtime keeps for it while the room has no memory. */
  attachment: PeerRecord | null = null;
  lastHeartbeatAt: number | undefined;
  sendsHeartbeats = false;
  /** When the client really gave its last sign of life. */
  lastSignAt: number;
  /** When it said the first message that is followed, and was first asked for data. */
  spokeAt: number | undefined;
  askedAt: number | undefined;
  isOpen = true;
  isBroken = false;
  isDead = false;
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

  get isReachable(): boolean {
    return this.isOpen && !this.isBroken && !this.isDead;
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

/** After this long nothing can be pending any more, whatever the clock has done. */
const LONG_ENOUGH_MS = 48 * 3_600_000;

/**
 * Runs a room through actions, in a time that passes only with them, and gives it time at the end
 * to finish all that is pending. It does what a coordinator does: it keeps a timer and an alarm.
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
  /** The time that has really passed, and what the clock of the machine says more than that. */
  let now = 0;
  let offset = 1_800_000_000_000;
  let said = 0;
  let current: Doing | undefined;
  let away: readonly AwayRecord[] = [];
  const ends = new Map<string, End>();
  const joins: { id: string; at: number }[] = [];
  /** A mirror of the room's own clock, which tells one second from the next. */
  let clock = new SteadyClock();
  let hibernations = 0;
  let timer: { readonly deadline: number; readonly at: number } | undefined;
  let alarm: number | undefined;
  let knownAlarm: number | undefined;

  const wall = () => {
    clock.read(now + offset);
    return now + offset;
  };
  const second = () => `${hibernations}:${Math.floor(clock.read(now + offset) / 1000)}`;
  const speakers = () => {
    const map = new Map<string, FakeConnection>();
    for (const connection of connections) {
      if (connection.attachment === null) continue;
      if (map.has(connection.claim.id)) throw new Error('two connections speak for one peer');
      map.set(connection.claim.id, connection);
    }
    return map;
  };

  const runtime = {
    persistence: {
      persist: (connection: FakeConnection, record: PeerRecord) => {
        connection.attachment = structuredClone(record);
      },
      persistManaged: () => {},
      persistAway: (peers: readonly AwayRecord[]) => {
        away = structuredClone(peers);
      },
    },
    unsent: undefined,
    forget: (connection: FakeConnection) => {
      connection.attachment = null;
      noteEnd(connection);
    },
    lastHeartbeatAt: (connection: FakeConnection) => connection.lastHeartbeatAt,
    isElsewhere: undefined,
    forward: () => {
      throw new Error('there is nothing elsewhere');
    },
  };
  let room = new Room<FakeConnection>(policy, runtime);

  /** What it means, as far as can be seen outside of the room, that a connection speaks no more. */
  const noteEnd = (connection: FakeConnection) => {
    const { id, token } = connection.claim;
    const isActor = current?.actor === connection;
    const { action } = current ?? {};
    if (action?.do === 'join' && !isActor && current?.actor.claim.id === id) {
      const how = current?.actor.claim.token === token ? 'replaced' : 'reloaded';
      events.push({ kind: 'ended', connection, how, isForNewcomer: false });
      if (how === 'reloaded') ends.set(id, { how: 'gone', at: now });
      return;
    }
    let how: End['how'] = 'lost';
    if (isActor && action?.do === 'disconnect') how = meaningOf(action.code);
    else if (isActor) how = sawError === connection ? 'left' : 'gone';
    ends.set(id, { how, at: now });
    const isForNewcomer = action?.do === 'join' && !isActor;
    events.push({ kind: 'ended', connection, how, isForNewcomer });
  };
  /** The connection that has just got an ERROR. */
  let sawError: FakeConnection | undefined;

  /** Whether the server may say now that a peer has left. */
  const faultOfLeave = (gone: string, to: FakeConnection): string | undefined => {
    const isJoining = current?.action.do === 'join';
    // It has missed it while it was away.
    if (isJoining && current?.actor === to) return undefined;
    const end = ends.get(gone);
    if (end === undefined) return 'it is here';
    if (end.how === 'left') return 'its page lives on';
    // Somebody else may get its id or seat.
    const isOver = end.how === 'gone' || isJoining || now - end.at >= policy.gracePeriod;
    return isOver ? undefined : 'it may still come back';
  };

  const onSend = (by: FakeConnection, text: string) => {
    const frame = JSON.parse(text) as RoomFrame;
    if (frame.type === 'ERROR') sawError = by;
    if (frame.type === 'LEAVE' && frame.dst === undefined && frame.src !== undefined) {
      events.push({ kind: 'told', of: frame.src, fault: faultOfLeave(frame.src, by) });
    }
    events.push({
      kind: 'got',
      by,
      isSpeaker: by.attachment !== null,
      isSwallowed: by.isDead,
      during: current,
      second: second(),
      text,
      frame,
    });
  };
  const onClose = (connection: FakeConnection, code: number) => {
    const { spokeAt, askedAt = now } = connection;
    events.push({
      kind: 'closed',
      connection,
      code,
      during: current,
      silence: now - connection.lastSignAt,
      wasSpeaker: connection.attachment !== null,
      unanswered: spokeAt === undefined ? now - askedAt : undefined,
    });
  };

  /** What a coordinator does after whatever has happened. */
  const settle = () => {
    const { nextDeadline, nextAlarm } = room;
    if (nextDeadline !== timer?.deadline) {
      const at = (deadline: number) => Math.max(now, now + deadline - wall());
      timer =
        nextDeadline === undefined ? undefined : { deadline: nextDeadline, at: at(nextDeadline) };
    }
    if (nextAlarm !== undefined && (knownAlarm === undefined || knownAlarm > nextAlarm)) {
      alarm = nextAlarm;
      knownAlarm = nextAlarm;
    }
  };
  const endStep = () => {
    current = undefined;
    sawError = undefined;
    const speaking = new Map(
      [...speakers()].map(([id, { lastSignAt, sendsHeartbeats }]) => [
        id,
        { silence: now - lastSignAt, sendsHeartbeats },
      ]),
    );
    events.push({
      kind: 'step',
      second: second(),
      size: room.size,
      seats: new Set([...speaking.keys(), ...away.map(({ id }) => id)]),
      listed: room.list(wall()),
      speakers: speaking,
    });
  };

  const passTime = (until: number) => {
    // What the room does in time, it does on nobody's behalf.
    current = undefined;
    for (let rings = 0; ; rings += 1) {
      if (rings > 100_000) throw new Error('a deadline is due for ever');
      const alarmAt = alarm === undefined ? Infinity : Math.max(now, alarm - offset);
      const next = Math.min(timer?.at ?? Infinity, alarmAt);
      if (next > until) break;
      now = next;
      if (next === alarmAt) [alarm, knownAlarm] = [undefined, undefined];
      if (next === timer?.at) timer = undefined;
      room.runDeadlines(wall());
      settle();
      endStep();
    }
    now = until;
  };

  const receive = (action: Action, connection: FakeConnection, data: string | ArrayBuffer) => {
    const wasSpeaker = connection.attachment !== null;
    if (wasSpeaker) framesReceived += 1;
    connection.lastSignAt = now;
    current = { action, actor: connection, wasSpeaker };
    room.receive(connection, data, wall());
  };

  const disconnect = (connection: FakeConnection, code: number) => {
    connection.isOpen = false;
    const action = { do: 'disconnect', who: 0, code } as const;
    current = { action, actor: connection, wasSpeaker: connection.attachment !== null };
    room.disconnect(connection, wall(), { code, reason: '' });
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
        current = { action, actor: joining, wasSpeaker: false };
        const reason = room.refusalFor(claim, 0, wall());
        if (reason !== undefined) {
          const recentJoins = joins.filter(({ id, at }) => id === claim.id && now - at < 60_000);
          events.push({
            kind: 'refused',
            claim,
            reason,
            speakers: speakers(),
            away,
            recentJoins: recentJoins.length,
          });
          return;
        }
        joining.isBroken = action.isBroken;
        if (action.isBroken) events.push({ kind: 'failed', connection: joining });
        connections.push(joining);
        const before = away.find(({ id }) => id === claim.id);
        if (before !== undefined && before.token !== token) {
          ends.set(claim.id, { how: 'gone', at: now });
        }
        room.join(joining, claim, wall());
        ends.delete(claim.id);
        joins.push({ id: claim.id, at: now });
        return;
      }
      case 'say': {
        if (connection === undefined || !connection.isReachable) return;
        const { type, asBytes, isForged } = action;
        const dst = action.dst === undefined ? undefined : (ids[action.dst] ?? '');
        said += 1;
        if (connection.attachment !== null) {
          const src = connection.claim.id;
          const message = { number: said, type, src, dst: dst ?? '' };
          events.push({ kind: 'said', said: message, by: connection });
          connection.spokeAt ??= now;
          const asked = dst === undefined ? undefined : speakers().get(dst);
          if (asked !== undefined && type === 'OFFER') asked.askedAt ??= now;
        }
        const payload = { number: said, type: action.connection, more: action.payload };
        const text = JSON.stringify({ ...(isForged && { src: ids[0] }), type, payload, dst });
        receive(action, connection, asBytes ? new TextEncoder().encode(text).buffer : text);
        return;
      }
      case 'send':
        // After the room has closed a socket, what was under way may still come.
        if (connection === undefined || connection.isBroken || connection.isDead) return;
        for (const { data } of action.frames) {
          if (connection.attachment !== null) {
            events.push({ kind: 'hostile', by: connection });
            // It may have been a heartbeat, in its own spelling.
            connection.sendsHeartbeats = true;
          }
          receive(action, connection, data);
        }
        return;
      case 'flood':
        if (connection === undefined) return;
        for (let n = 0; n < 120 && connection.isReachable; n += 1) {
          if (connection.attachment !== null) events.push({ kind: 'hostile', by: connection });
          // Nonsense that is JSON: an exception for each would take most of the time of all tests.
          receive(action, connection, '"nonsense"');
          settle();
          passTime(now + 50);
        }
        return;
      case 'beat':
        if (connection === undefined || !connection.isReachable) return;
        connection.lastHeartbeatAt = now + offset;
        connection.lastSignAt = now;
        connection.sendsHeartbeats = true;
        return;
      case 'disconnect':
        if (connection !== undefined) disconnect(connection, action.code);
        return;
      case 'break':
        if (connection === undefined) return;
        connection.isBroken = true;
        events.push({ kind: 'failed', connection });
        return;
      case 'die':
        if (connection === undefined) return;
        connection.isDead = true;
        events.push({ kind: 'failed', connection });
        return;
      case 'wait':
        passTime(now + action.ms);
        return;
      case 'setBack':
        offset -= action.ms;
        return;
      case 'hibernate':
        if (timer !== undefined) return;
        events.push({ kind: 'hibernated' });
        hibernations += 1;
        clock = new SteadyClock();
        knownAlarm = undefined;
        room = new Room<FakeConnection>(policy, runtime);
        for (const connection of connections) {
          const { attachment } = connection;
          if (attachment !== null) room.restore(connection, attachment, wall());
          else if (connection.isOpen) room.restoreMute(connection);
        }
        room.restoreAway(away, wall());
        return;
      default:
        action satisfies never;
    }
  };

  for (const action of actions) {
    try {
      run(action);
      settle();
    } catch (error) {
      events.push({ kind: 'escaped', error, action });
    }
    endStep();
  }
  for (const connection of connections) {
    if (connection.isOpen && (connection.isBroken || connection.isDead))
      disconnect(connection, 1006);
  }
  settle();
  endStep();
  passTime(now + LONG_ENOUGH_MS);
  endStep();
  const pending = [room.nextDeadline, room.nextAlarm, ...away, timer];
  events.push({ kind: 'finished', pending: pending.filter((it) => it !== undefined) });
  return events;
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
  often: Partial<
    Record<'wait' | 'hibernate' | 'disconnect' | 'break' | 'die' | 'setBack', number>
  > = {},
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
    payload: fc.oneof(
      fc.string(),
      fc.integer({ min: 100, max: 300 }).map((length) => 'x'.repeat(length)),
      fc.jsonValue(),
    ),
    connection: fc.constantFrom('data' as const, 'data' as const, 'media' as const),
    isForged: fc.boolean(),
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
      { weight: 1, arbitrary: fc.record({ do: fc.constant('flood' as const), who }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('beat' as const), who }) },
      {
        weight: often.disconnect ?? 4,
        arbitrary: fc.record({
          do: fc.constant('disconnect' as const),
          who,
          code: fc.constantFrom(1000, 1001, 1005, 1006, 1006, 1006, 1011),
        }),
      },
      {
        weight: often.break ?? 2,
        arbitrary: fc.record({ do: fc.constant('break' as const), who }),
      },
      { weight: often.die ?? 2, arbitrary: fc.record({ do: fc.constant('die' as const), who }) },
      {
        weight: often.setBack ?? 2,
        arbitrary: fc.record({
          do: fc.constant('setBack' as const),
          ms: fc.constantFrom(1000, 10_000, 3_600_000),
        }),
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
