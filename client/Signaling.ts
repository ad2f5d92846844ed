import { Peer } from 'peerjs';
import { backOff } from './backOff.ts';
import { RoomError, type RoomErrorType } from './RoomError.ts';
import { random, type Seat } from './seats.ts';
import { steadyTime } from './steadyTime.ts';

/** A message of the server, or of another player by way of it. */
export interface Frame {
  readonly type: string;
  readonly src?: string;
  readonly dst?: string;
  readonly payload?: unknown;
}

interface SignalingEvents {
  /** The server has let this player in, for the first time or again. */
  opened(): void;
  /** The server cannot be reached, and is tried again and again. */
  lost(): void;
  /** The server refuses this player, or removes it. */
  refused(error: RoomError): void;
  /** @returns whether PeerJS must not see the frame. */
  frame(frame: Frame): boolean;
}

/** Seconds without an answer: PeerJS sends a heartbeat every 5 s, so three were lost. */
const DEAD_AFTER = 16;
/** The count at which a doubted socket begins: it has two more seconds. */
const DOUBTFUL_AFTER = 14;

/** The socket to the server, which reconnects by itself whatever happens to it. */
export class Signaling {
  readonly peer: Peer;
  readonly #config: { iceServers: RTCIceServer[] } = {
    iceServers: [{ urls: 'stun:stun.cloudflare.com:3478' }],
  };
  readonly #deliver: (frame: Frame) => void;
  /** Messages of others that came before it is known which STUN and TURN servers to use. */
  #held: Frame[] | undefined = [];
  readonly #seat: Seat;
  readonly #page = random(1);
  /** When the last attempt began. */
  #startedAt = steadyTime();
  /** How long the first socket that opened took for it, in milliseconds: at least a round trip. */
  openedWithin = 0;
  #attempt = 0;
  #hasOpened = false;
  /** Seconds since the server was last heard. */
  #unheard = 0;
  #isOver = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(seat: Seat, events: SignalingEvents) {
    this.#seat = seat;
    const { id, options } = seat;
    const peer = new Peer(id, {
      ...options,
      token: this.#asking(),
      config: this.#config,
    });
    this.peer = peer;
    peer.on('open', () => {
      // The player has left while this socket opened.
      if (this.#isOver) return this.leave();
      this.#attempt = 0;
      this.#hasOpened = true;
      this.openedWithin ||= steadyTime() - this.#startedAt;
      events.opened();
    });
    peer.on('disconnected', () => {
      if (this.#isOver) return;
      this.#comeBackLater();
      events.lost();
    });
    // PeerJS marks its socket as internal. All of 1.x has it; the tests hold it.
    const [deliver] = peer.socket.listeners('message');
    peer.socket.removeAllListeners('message');
    this.#deliver = (frame) => {
      const refusal = refusalOf(frame);
      // A server that has crashed knows no seat of its last seconds: the next attempt asks for one.
      if (refusal?.type === 'seat-required' && this.#hasOpened) {
        this.#hasOpened = false;
        return;
      }
      if (refusal) this.#isOver = true;
      else if (events.frame(frame)) return;
      deliver?.(frame);
      if (refusal) events.refused(refusal);
    };
    peer.socket.on('message', (frame: Frame) => {
      this.#unheard = 0;
      if (this.#held && frame.src) this.#held.push(frame);
      else this.#deliver(frame);
    });
  }

  send(frame: Frame): void {
    this.peer.socket.send(frame);
  }

  /** Tries to reach the server now, if it is lost. */
  async retry(): Promise<void> {
    clearTimeout(this.#timer);
    this.#unheard = 0;
    if (!this.#isLost) return;
    const isRenewed = await this.#seat.renew().then(
      () => true,
      () => false,
    );
    // It may have come back, or left, meanwhile.
    if (!this.#isLost) return;
    if (!isRenewed) return this.#comeBackLater();
    // PeerJS reads it at each attempt.
    this.peer.options.token = this.#asking();
    this.#startedAt = steadyTime();
    this.peer.reconnect();
  }

  /**
   * The token, and behind it what the socket asks for, as PeerJS writes it into the address as it is: to be
   * told of the room right behind OPEN, and a new page also for its seat in a room that somebody made. The
   * page has a name: its token may be that of the page before a reload, or another one later.
   */
  #asking(): string {
    const { roomUrl, options } = this.#seat;
    const ask = roomUrl && !this.#hasOpened ? 'SEAT' : 'ROOM';
    return `${options.token}&ask=${ask}&page=${this.#page}`;
  }

  get #isLost(): boolean {
    return this.peer.disconnected && !this.#isOver;
  }

  #comeBackLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.retry(), backOff(this.#attempt++, 500, 15_000));
  }

  /** The network may have changed, and the socket be dead without a word. */
  doubt(): void {
    this.#unheard = Math.max(this.#unheard, DOUBTFUL_AFTER);
    this.send({ type: 'HEARTBEAT' });
  }

  /** To be called each second: ends a socket on which nothing comes any more. */
  tick(): void {
    this.#unheard += 1;
    if (this.#unheard > DEAD_AFTER) this.peer.disconnect();
  }

  /** The page goes, or the player leaves: the server tells the others at once. */
  leave(): void {
    this.send({ type: 'LEAVE' });
  }

  /** Does not come back any more. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** Links from now on use these. There are none before. */
  setIceServers(iceServers: RTCIceServer[]): void {
    this.#config.iceServers = iceServers;
    const held = this.#held ?? [];
    this.#held = undefined;
    held.forEach(this.#deliver);
  }

  /** Whether there is no doubt that the server is heard, and hears. */
  get isSound(): boolean {
    return this.peer.open && this.#unheard < DOUBTFUL_AFTER;
  }

  /** Whether another player can be called now. */
  get canCall(): boolean {
    return this.peer.open && !this.#held;
  }

  get iceServers(): RTCIceServer[] {
    return this.#config.iceServers;
  }
}

/** Why the server refuses a player, if this frame is a refusal. */
export function refusalOf({ type, payload }: Frame): RoomError | undefined {
  if (type === 'ID-TAKEN') return seatTaken();
  if (type !== 'ERROR') return undefined;
  const { type: why, msg } = payload as { type: RoomErrorType; msg: string };
  return new RoomError(why, msg);
}

/** Another page of this player plays on. */
export function seatTaken(): RoomError {
  return new RoomError('id-taken', 'Another page has this seat.');
}
