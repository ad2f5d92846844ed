import type {
  DataConnection,
  MediaConnection,
  Peer,
  PeerConnectOption,
  PeerJSOption,
} from 'peerjs';

/** Something that a Peer or one of its connections emitted. */
export type PeerPageEvent =
  | { readonly type: 'open'; readonly id: string }
  | { readonly type: 'disconnected'; readonly id: string | null }
  | { readonly type: 'close' }
  | { readonly type: 'error'; readonly errorType: string; readonly message: string }
  | {
      readonly type: 'connection';
      readonly peer: string;
      readonly connectionId: string;
      readonly label: string;
      readonly metadata: unknown;
    }
  | {
      readonly type: 'call';
      readonly peer: string;
      readonly connectionId: string;
      readonly metadata: unknown;
    }
  | {
      readonly type: 'connection-open' | 'connection-close' | 'call-stream' | 'call-close';
      readonly peer: string;
      readonly connectionId: string;
    }
  | {
      readonly type: 'connection-error' | 'call-error';
      readonly peer: string;
      readonly connectionId: string;
      readonly errorType: string;
      readonly message: string;
    };

/** A message that came in over a data connection. */
export interface ReceivedMessage {
  readonly peer: string;
  readonly connectionId: string;
  readonly data: unknown;
}

/** An open data connection. */
export interface OpenConnection {
  readonly connectionId: string;
  readonly label: string;
}

/** A call whose remote media was seen to flow. */
export interface LiveCall {
  readonly connectionId: string;
  /** Kinds of the live remote tracks, sorted. */
  readonly tracks: readonly string[];
  /** Remote video frames decoded so far. */
  readonly videoFrames: number;
  /** Remote audio packets received so far. */
  readonly audioPackets: number;
}

/** A result that survives the way out of the page, where errors lose their extra fields. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly type: string; readonly message: string };

/** What the page offers as `window.peerPageClient`; every wait gives up after `timeout` ms. */
interface PeerPageClient {
  openPeer(request: {
    readonly id: string | undefined;
    readonly options: PeerJSOption;
    readonly timeout: number;
  }): Promise<Outcome<string>>;
  reconnect(request: { readonly timeout: number }): Promise<Outcome<string>>;
  destroy(): Outcome<undefined>;
  connect(request: {
    readonly remoteId: string;
    readonly options: PeerConnectOption;
    readonly timeout: number;
  }): Promise<Outcome<OpenConnection>>;
  send(request: { readonly remoteId: string; readonly data: string }): Promise<Outcome<undefined>>;
  received(request: {
    readonly count: number;
    readonly timeout: number;
  }): Promise<Outcome<readonly ReceivedMessage[]>>;
  call(request: {
    readonly remoteId: string;
    readonly timeout: number;
  }): Promise<Outcome<LiveCall>>;
  liveCall(request: {
    readonly remoteId: string;
    readonly timeout: number;
  }): Promise<Outcome<LiveCall>>;
  events(): readonly PeerPageEvent[];
  waitForEvent(request: {
    readonly expected: Readonly<Record<string, unknown>>;
    readonly timeout: number;
  }): Promise<Outcome<PeerPageEvent>>;
}

declare global {
  interface Window {
    readonly Peer: typeof Peer;
    peerPageClient: PeerPageClient;
  }
}

/**
 * Sets up `window.peerPageClient`. The page server sends this function's own text to the
 * browser, so it must not refer to anything outside itself but types.
 */
export function installPeerPageClient(): void {
  const events: PeerPageEvent[] = [];
  const messages: ReceivedMessage[] = [];
  const dataConnections: DataConnection[] = [];
  const calls: MediaConnection[] = [];
  const waiting = new Set<() => void>();
  let currentPeer: Peer | undefined;

  function record(event: PeerPageEvent): void {
    events.push(event);
    notify();
  }

  function notify(): void {
    for (const check of [...waiting]) {
      check();
    }
  }

  function success<Value>(value: Value): Outcome<Value> {
    return { ok: true, value };
  }

  function failure(type: string, message: string): Outcome<never> {
    return { ok: false, type, message };
  }

  function timeoutFailure(what: string, timeout: number): Outcome<never> {
    return failure(
      'timeout',
      `No ${what} within ${timeout} ms. Events so far: ${JSON.stringify(events)}`,
    );
  }

  /** Asks `check` now and after everything that happens until it gives an outcome. */
  function waitFor<Value>(
    what: string,
    timeout: number,
    check: () => Outcome<Value> | undefined,
  ): Promise<Outcome<Value>> {
    return new Promise((resolve) => {
      const finish = (outcome: Outcome<Value>): void => {
        waiting.delete(checkAgain);
        clearTimeout(timer);
        resolve(outcome);
      };
      const checkAgain = (): void => {
        const outcome = check();
        if (outcome !== undefined) {
          finish(outcome);
        }
      };
      const timer = setTimeout(() => finish(timeoutFailure(what, timeout)), timeout);
      waiting.add(checkAgain);
      checkAgain();
    });
  }

  function requirePeer(): Peer {
    if (currentPeer === undefined) {
      throw new Error('This page has no peer yet: call openPeer first.');
    }
    return currentPeer;
  }

  /** The first Peer error since `start` that says that `remoteId` cannot be reached. */
  function peerFailure(start: number, remoteId?: string): Outcome<never> | undefined {
    for (const event of events.slice(start)) {
      // An error about another remote peer is not about this attempt. PeerJS names the
      // remote peer only in the message.
      const elsewhere =
        event.type === 'error' &&
        event.errorType === 'peer-unavailable' &&
        (remoteId === undefined || !event.message.endsWith(` ${remoteId}`));
      if (event.type === 'error' && !elsewhere) {
        return failure(event.errorType, event.message);
      }
      if (event.type === 'close') {
        return failure('closed', 'The peer was destroyed.');
      }
    }
    return undefined;
  }

  /** The first error or close of one connection. */
  function connectionFailure(connectionId: string): Outcome<never> | undefined {
    for (const event of events) {
      if (!('connectionId' in event) || event.connectionId !== connectionId) {
        continue;
      }
      if (event.type === 'connection-error' || event.type === 'call-error') {
        return failure(event.errorType, event.message);
      }
      if (event.type === 'connection-close' || event.type === 'call-close') {
        return failure('closed', `The connection to ${event.peer} was closed.`);
      }
    }
    return undefined;
  }

  function watchPeer(peer: Peer): void {
    peer.on('open', (id) => record({ type: 'open', id }));
    peer.on('disconnected', (id) => record({ type: 'disconnected', id }));
    peer.on('close', () => record({ type: 'close' }));
    peer.on('error', ({ type, message }) => record({ type: 'error', errorType: type, message }));
    peer.on('connection', (connection) => {
      const { connectionId, label, metadata } = connection as {
        metadata: unknown;
      } & DataConnection;
      watchDataConnection(connection);
      record({ type: 'connection', peer: connection.peer, connectionId, label, metadata });
    });
    peer.on('call', (connection) => {
      const { connectionId, metadata } = connection as { metadata: unknown } & MediaConnection;
      watchCall(connection);
      record({ type: 'call', peer: connection.peer, connectionId, metadata });
      void answer(connection);
    });
  }

  function watchDataConnection(connection: DataConnection): void {
    const { peer, connectionId } = connection;
    dataConnections.push(connection);
    // Only once: Chromium now and then fires the "open" event of an incoming RTCDataChannel
    // twice, more often under load, and PeerJS passes both on.
    connection.once('open', () => record({ type: 'connection-open', peer, connectionId }));
    connection.on('close', () => record({ type: 'connection-close', peer, connectionId }));
    connection.on('error', ({ type, message }) =>
      record({ type: 'connection-error', peer, connectionId, errorType: type, message }),
    );
    connection.on('data', (data) => {
      messages.push({ peer, connectionId, data });
      notify();
    });
  }

  /** Records what a call emits and shows its remote media, as most browsers decode only what is shown. */
  function watchCall(connection: MediaConnection): void {
    const { peer, connectionId } = connection;
    const video = document.createElement('video');
    // Browsers start a video without a click only if it is mute.
    video.muted = true;
    video.autoplay = true;
    document.body.append(video);
    calls.push(connection);
    connection.on('stream', (stream) => {
      video.srcObject = stream;
      record({ type: 'call-stream', peer, connectionId });
    });
    connection.on('close', () => {
      video.remove();
      record({ type: 'call-close', peer, connectionId });
    });
    connection.on('error', ({ type, message }) =>
      record({ type: 'call-error', peer, connectionId, errorType: type, message }),
    );
  }

  function openDevices(): Promise<MediaStream> {
    return navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  }

  /** Gives the devices back when the call is over, as a page should. */
  function stopWithCall(connection: MediaConnection, stream: MediaStream): void {
    connection.on('close', () => {
      for (const track of stream.getTracks()) {
        track.stop();
      }
    });
  }

  async function answer(connection: MediaConnection): Promise<void> {
    const { peer, connectionId } = connection;
    try {
      const stream = await openDevices();
      stopWithCall(connection, stream);
      connection.answer(stream);
    } catch (error) {
      record({
        type: 'call-error',
        peer,
        connectionId,
        errorType: 'answer-failed',
        message: String(error),
      });
    }
  }

  async function countMedia(
    peerConnection: RTCPeerConnection,
  ): Promise<Pick<LiveCall, 'videoFrames' | 'audioPackets'>> {
    let [videoFrames, audioPackets] = [0, 0];
    // Not from the video element, as Firefox does not count the frames of a stream there.
    const report: ReadonlyMap<
      string,
      { type: string; kind?: string; framesDecoded?: number; packetsReceived?: number }
    > = await peerConnection.getStats();
    for (const { type, kind, framesDecoded = 0, packetsReceived = 0 } of report.values()) {
      if (type !== 'inbound-rtp') continue;
      if (kind === 'video') videoFrames += framesDecoded;
      else audioPackets += packetsReceived;
    }
    return { videoFrames, audioPackets };
  }

  /** The call as it is now, or undefined while some remote media is not flowing yet. */
  async function measureCall(connection: MediaConnection): Promise<LiveCall | undefined> {
    // PeerJS sets both to null, against its types, when the call ends.
    const stream: MediaStream | null | undefined = connection.remoteStream;
    const peerConnection: RTCPeerConnection | null | undefined = connection.peerConnection;
    if (!stream || !peerConnection) {
      return undefined;
    }
    const tracks = stream.getTracks();
    const kinds = tracks.map((track) => track.kind).sort();
    if (tracks.length === 0 || tracks.some((track) => track.readyState !== 'live')) {
      return undefined;
    }
    const { videoFrames, audioPackets } = await countMedia(peerConnection);
    // One frame could be a still picture: only the second shows that they flow.
    const flowing =
      (!kinds.includes('video') || videoFrames >= 2) &&
      (!kinds.includes('audio') || audioPackets > 0);
    return flowing
      ? { connectionId: connection.connectionId, tracks: kinds, videoFrames, audioPackets }
      : undefined;
  }

  /** Waits until a call's remote media flow. Looks at intervals, as no event tells of frames. */
  async function waitForMedia(
    connection: MediaConnection,
    start: number,
    timeout: number,
  ): Promise<Outcome<LiveCall>> {
    const deadline = performance.now() + timeout;
    for (;;) {
      const failed =
        connectionFailure(connection.connectionId) ?? peerFailure(start, connection.peer);
      if (failed !== undefined) {
        return failed;
      }
      const live = await measureCall(connection);
      if (live !== undefined) {
        return success(live);
      }
      if (performance.now() > deadline) {
        return timeoutFailure(`media from ${connection.peer}`, timeout);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  function matches(event: PeerPageEvent, expected: Readonly<Record<string, unknown>>): boolean {
    const actual: Readonly<Record<string, unknown>> = { ...event };
    return Object.entries(expected).every(
      ([key, value]) => JSON.stringify(actual[key]) === JSON.stringify(value),
    );
  }

  function waitForOpen(timeout: number, start: number): Promise<Outcome<string>> {
    return waitFor('open event', timeout, () => {
      const opened = events.slice(start).find((event) => event.type === 'open');
      return opened === undefined ? peerFailure(start) : success(opened.id);
    });
  }

  window.peerPageClient = {
    openPeer({ id, options, timeout }) {
      if (currentPeer !== undefined && !currentPeer.destroyed) {
        throw new Error('This page has a peer already: destroy it first.');
      }
      const start = events.length;
      currentPeer = id === undefined ? new window.Peer(options) : new window.Peer(id, options);
      watchPeer(currentPeer);
      return waitForOpen(timeout, start);
    },

    async reconnect({ timeout }) {
      const start = events.length;
      requirePeer().reconnect();
      return waitForOpen(timeout, start);
    },

    destroy() {
      requirePeer().destroy();
      return success(undefined);
    },

    async connect({ remoteId, options, timeout }) {
      const start = events.length;
      // PeerJS gives nothing, against its types, when the peer is disconnected.
      const connection: DataConnection | undefined = requirePeer().connect(remoteId, options);
      if (connection === undefined) {
        return (
          peerFailure(start, remoteId) ?? failure('not-connected', 'PeerJS gave no connection.')
        );
      }
      watchDataConnection(connection);
      const { connectionId, label } = connection;
      return waitFor(`open data connection to ${remoteId}`, timeout, () =>
        connection.open
          ? success({ connectionId, label })
          : (connectionFailure(connectionId) ?? peerFailure(start, remoteId)),
      );
    },

    async send({ remoteId, data }) {
      const connection = dataConnections.findLast(({ peer, open }) => peer === remoteId && open);
      if (connection === undefined) {
        return failure('not-connected', `No open data connection to ${remoteId}.`);
      }
      await connection.send(data);
      return success(undefined);
    },

    received({ count, timeout }) {
      return waitFor(`${count} messages (${messages.length} so far)`, timeout, () =>
        messages.length >= count ? success([...messages]) : undefined,
      );
    },

    async call({ remoteId, timeout }) {
      const stream = await openDevices();
      const start = events.length;
      // As with connect, nothing when the peer is disconnected.
      const connection: MediaConnection | undefined = requirePeer().call(remoteId, stream);
      if (connection === undefined) {
        return peerFailure(start, remoteId) ?? failure('not-connected', 'PeerJS gave no call.');
      }
      stopWithCall(connection, stream);
      watchCall(connection);
      return waitForMedia(connection, start, timeout);
    },

    async liveCall({ remoteId, timeout }) {
      const start = events.length;
      const found = await waitFor(`call with ${remoteId}`, timeout, () => {
        const call = calls.findLast(({ peer }) => peer === remoteId);
        return call === undefined ? undefined : success(call);
      });
      return found.ok ? waitForMedia(found.value, start, timeout) : found;
    },

    events() {
      return [...events];
    },

    waitForEvent({ expected, timeout }) {
      return waitFor(`event ${JSON.stringify(expected)}`, timeout, () => {
        const event = events.find((candidate) => matches(candidate, expected));
        return event === undefined ? undefined : success(event);
      });
    },
  };
}
