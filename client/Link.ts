import type { DataConnection, Peer } from 'peerjs';
import type { Messages } from './Messages.ts';
import { steadyTime } from './steadyTime.ts';

/** Marks the connections of the kit among those of stock clients. */
export const LABEL = 'kit';

/** The stream of the second channel. PeerJS takes the first. */
const FAST_STREAM = 100;
/** If something waits for so long in the unreliable channel, it is congested: nothing more is sent on it. */
const FAST_WAIT_MS = 50;
const RESTART_EVERY_MS = 3000;
const GATHERING_MS = 1500;
/** A browser finds its addresses all at once: those found within this time go in one frame. */
const CANDIDATES_MS = 10;
/** Where packets get lost, the channels may take so long to open after a path is found. */
const OPENING_MS = 12_000;

/** What the two ends say to each other by way of the server, for one link. */
export interface LinkSignal {
  readonly of: string;
  /** A new description, after which the connection has another path. */
  readonly sdp?: RTCSessionDescriptionInit;
  /** Addresses by which the one who sends them may be reached. */
  readonly candidates?: RTCIceCandidateInit[];
}

interface LinkEvents {
  /** The reliable messages: they say in each sign of life how far they have come. */
  readonly messages: Messages;
  /** Those of now, for another path. */
  iceServers(): RTCIceServer[];
  opened(): void;
  /** Something has come: a message, or a sign of life. */
  message(text: string): void;
  ended(): void;
  /** Something about the link has changed. */
  changed(): void;
  signal(signal: LinkSignal): void;
}

/**
 * The connection to one other player: a reliable channel and an unreliable one. It finds a new path
 * by itself while both ends can reach the server.
 */
export class Link {
  readonly startedAt = steadyTime();
  readonly #connection: DataConnection;
  /** This end has called. */
  readonly isCaller: boolean;
  readonly #events: LinkEvents;
  readonly #fast: RTCDataChannel;
  #restartedAt = Number.NEGATIVE_INFINITY;
  /** When nothing waited in the unreliable channel. */
  #drainedAt = 0;
  heardAt = 0;
  /** How often a sign of life was asked for since the other end was last heard. */
  unanswered = 0;
  ping: number | undefined;
  /** The kind of address by which messages get there: `relay` is a TURN server. */
  route: RTCIceCandidateType | undefined;
  /** The other end has answered, although there may be no path to it. */
  isAnswered = false;
  /** Those that are about to be sent. */
  #candidates: RTCIceCandidate[] = [];
  #isOver = false;
  /** The other end has said something in the reliable channel. */
  #isHeard = false;
  #isProven = false;

  static call(peer: Peer, id: string, events: LinkEvents): Link {
    return new Link(peer.connect(id, { label: LABEL, reliable: true }), true, events);
  }

  constructor(connection: DataConnection, isCaller: boolean, events: LinkEvents) {
    this.#connection = connection;
    this.isCaller = isCaller;
    this.#events = events;
    this.#fast = connection.peerConnection.createDataChannel(LABEL, {
      negotiated: true,
      id: FAST_STREAM,
      ordered: false,
      maxRetransmits: 0,
    });
    const { peerConnection } = connection;
    peerConnection.addEventListener('signalingstatechange', () => {
      this.isAnswered ||= peerConnection.signalingState === 'stable';
    });
    // PeerJS sends a frame for each.
    peerConnection.onicecandidate = null;
    peerConnection.addEventListener('icecandidate', ({ candidate }) => this.#found(candidate));
    this.#fast.onmessage = ({ data }) => this.#receive(String(data), true);
    connection.on('data', (data) => this.#receive(String(data), false));
    this.#fast.onopen = () => this.prove();
    connection.on('open', () => this.prove());
    connection.on('close', () => this.#end());
    // A connection that never opened ends without a `close`.
    connection.on('error', () => setTimeout(() => !connection.open && this.#end()));
  }

  /**
   * The other end has been heard in the reliable channel, and hears. Chromium shows a channel as open a
   * moment before both ends can send, and drops what is sent then: of 300 messages on a busy machine, 11
   * were lost. What comes shows that the moment is over.
   */
  get isOpen(): boolean {
    return this.#isProven && this.#canSend;
  }

  /** PeerJS ends a connection that sends while its channel is, once more, `connecting`. */
  get #canSend(): boolean {
    const { open, dataChannel } = this.#connection;
    return open && dataChannel?.readyState === 'open' && this.#fast.readyState === 'open';
  }

  /** A path is found, and the channels are about to open. */
  get isOpening(): boolean {
    const state = this.#connection.peerConnection?.connectionState;
    return state === 'connected' && steadyTime() - this.startedAt < OPENING_MS;
  }

  /** Nothing comes any more: it needs another path. */
  get isBroken(): boolean {
    return this.#connection.peerConnection?.iceConnectionState === 'disconnected';
  }

  send(text: string, isUnreliable: boolean): void {
    if (!this.isOpen) return;
    if (!isUnreliable) void this.#connection.send(text);
    else {
      const now = steadyTime();
      if (this.#fast.bufferedAmount === 0) this.#drainedAt = now;
      if (now - this.#drainedAt >= FAST_WAIT_MS) return;
      try {
        this.#fast.send(text);
      } catch {
        // Longer than a browser takes (RTCSctpTransport.maxMessageSize), or too much waits: it is lost, as it may be.
      }
    }
  }

  /** Asks for a sign of life, which also tells the time to the other end and back. */
  ask(): void {
    this.unanswered += 1;
    this.send(this.#question(), true);
  }

  /** Finds another path: the network has changed, or nothing comes any more. */
  async restart(): Promise<void> {
    const pc = this.#connection.peerConnection;
    if (!this.isOpen || steadyTime() - this.#restartedAt < RESTART_EVERY_MS) return;
    this.#restartedAt = steadyTime();
    // Only one end makes offers, so that two never meet.
    if (!this.isCaller) return this.#signal({});
    pc.restartIce();
    await this.#describe();
  }

  /** The other end has said something by way of the server. */
  async handle({ of, sdp, candidates }: LinkSignal): Promise<void> {
    const pc = this.#connection.peerConnection;
    if (of !== this.#connection.connectionId || !pc) return;
    if (!candidates) return sdp ? this.#describe(sdp) : this.restart();
    // A candidate of a description that is gone fails, which does not matter.
    for (const candidate of candidates) pc.addIceCandidate(candidate).catch(() => {});
  }

  close(): void {
    this.#isOver = true;
    this.#connection.close();
  }

  /** Sends something in the reliable channel until the other end is heard there. To be called each second. */
  prove(): void {
    if (this.#isProven || !this.#canSend) return;
    void this.#connection.send(this.#question());
    if (!this.#isHeard) return;
    this.#isProven = true;
    this.#events.opened();
  }

  #question(): string {
    return this.#events.messages.question(-steadyTime());
  }

  #receive(text: string, isUnreliable: boolean): void {
    if (this.#isOver) return;
    this.heardAt = steadyTime();
    this.unanswered = 0;
    this.#events.message(text);
    if (text[0] === '<') {
      const answer = this.#events.messages.answer(text);
      if (isUnreliable) this.send(answer, true);
      else if (this.#canSend) void this.#connection.send(answer);
    } else if (text[0] === '>') {
      const time = -Number.parseInt(text.slice(1), 10);
      if (time > 0) this.ping = this.heardAt - time;
      void this.#look();
    }
    this.#isHeard ||= !isUnreliable;
    this.prove();
  }

  /**
   * Takes the other end's description, if that is what there is, and sends one unless that was the
   * answer. It does so when the candidates are in it: PeerJS may pass on none of a restart.
   */
  async #describe(remote?: RTCSessionDescriptionInit): Promise<void> {
    const pc = this.#connection.peerConnection;
    try {
      // Those of the beginning may have expired. Firefox has it since version 119.
      const iceServers = this.#events.iceServers();
      pc.setConfiguration?.({ ...pc.getConfiguration(), iceServers });
      if (remote) await pc.setRemoteDescription(remote);
      if (remote?.type === 'answer') return;
      await pc.setLocalDescription();
    } catch {
      // The connection is gone by now, or another restart is under way: the next one counts.
      return;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, GATHERING_MS);
      pc.addEventListener('icegatheringstatechange', () => {
        if (pc.iceGatheringState === 'complete') resolve(undefined);
      });
    });
    if (pc.localDescription) this.#signal({ sdp: pc.localDescription });
  }

  /** Those of a restart go with its description. */
  #found(candidate: RTCIceCandidate | null): void {
    if (!candidate?.candidate || this.#isProven) return;
    if (this.#candidates.push(candidate) > 1) return;
    setTimeout(() => this.#signal({ candidates: this.#candidates.splice(0) }), CANDIDATES_MS);
  }

  #signal(signal: Omit<LinkSignal, 'of'>): void {
    this.#events.signal({ of: this.#connection.connectionId, ...signal });
  }

  /** Looks at how messages get there: the browser takes a better path without a word. */
  async #look(): Promise<void> {
    const before = this.route;
    const stats = await this.#connection.peerConnection?.getStats();
    stats?.forEach((entry) => {
      // Firefox marks the pair itself.
      const pair = entry.selected ? entry : stats.get(entry.selectedCandidatePairId);
      if (!pair) return;
      const [local, remote] = [pair.localCandidateId, pair.remoteCandidateId].map(
        (id) => stats.get(id)?.candidateType,
      );
      this.route = remote === 'relay' ? remote : local;
    });
    if (this.route !== before) this.#events.changed();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.ended();
  }
}
