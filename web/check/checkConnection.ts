import { type DataConnection, Peer, type PeerOptions } from 'peerjs';
import { STEP_NAMES, STEPS, type Step } from './steps.ts';
import { watchSockets } from './watchSockets.ts';

/** Why a check ended early. */
export interface CheckFailure {
  /** The first step that was not reached. */
  readonly step: Step;
  readonly cause: FailureCause;
}

export type FailureCause =
  | { readonly kind: 'timeout' }
  | { readonly kind: 'no-webrtc' }
  | { readonly kind: 'http'; readonly message: string }
  /** The server refused. `type` is its reason for programs, if it gave one. */
  | { readonly kind: 'refused'; readonly type: string; readonly message: string }
  | { readonly kind: 'socket-closed'; readonly code: number }
  | { readonly kind: 'no-route' }
  | { readonly kind: 'peer'; readonly message: string };

/** How the two players reach each other. */
export interface Route {
  readonly local: RTCIceCandidateType;
  readonly remote: RTCIceCandidateType;
  readonly protocol: string;
}

export type CheckOutcome =
  | { readonly failure: CheckFailure }
  | {
      readonly failure: undefined;
      readonly route: Route | undefined;
      /** The median time of a message there and back, in milliseconds. */
      readonly roundTrip: number;
    };

const ROUND_TRIPS = 5;

/**
 * Connects two stock PeerJS players, and reports each step that they reach.
 *
 * @param onStep gets the milliseconds since the start.
 */
export async function checkConnection(
  options: PeerOptions,
  onStep: (step: Step, milliseconds: number) => void,
): Promise<CheckOutcome> {
  const started = performance.now();
  const pending = new Map(STEP_NAMES.map((step) => [step, Promise.withResolvers<void>()]));
  let end = (_: FailureCause) => {};
  const failed = new Promise<FailureCause>((resolve) => {
    end = resolve;
  });

  const reach = (step: Step) => {
    const resolvers = pending.get(step);
    if (resolvers === undefined) return;
    pending.delete(step);
    onStep(step, performance.now() - started);
    resolvers.resolve();
  };
  /** For a step that both players must reach. */
  const reachTwice = (step: Step) => {
    let count = 0;
    return () => {
      count += 1;
      if (count === 2) reach(step);
    };
  };

  const opened = reachTwice('open');
  const stopWatching = watchSockets({
    created: reachTwice('id'),
    opened: reachTwice('socket'),
    received(frame) {
      const { type, payload } = JSON.parse(frame) as {
        type: string;
        payload?: { type?: string; msg?: string };
      };
      if (type === 'OPEN') opened();
      if (type === 'OFFER') reach('offer');
      if (type === 'ANSWER') reach('answer');
      if (type === 'CANDIDATE') reach('candidate');
      if (type === 'ERROR' || type === 'ID-TAKEN') {
        end({ kind: 'refused', type: payload?.type ?? '', message: payload?.msg ?? '' });
      }
    },
    closed: (code) => end({ kind: 'socket-closed', code }),
  });

  const peers = [new Peer(options), new Peer(options)] as const;
  const [first, second] = peers;
  let connection: DataConnection | undefined;
  let roundTrip = 0;

  for (const peer of peers) {
    peer.on('error', (error) => {
      const { message } = error;
      if (error.type === 'browser-incompatible') end({ kind: 'no-webrtc' });
      // The watched sockets say more about the first two. The last may concern one candidate of
      // many.
      else if (['network', 'socket-closed', 'webrtc'].includes(error.type)) return;
      else if (error.type === 'server-error') end({ kind: 'http', message });
      else end({ kind: 'peer', message });
    });
  }
  second.on('connection', (incoming) => {
    incoming.on('data', (data) => void incoming.send(data));
  });

  const meet = async () => {
    await Promise.all(peers.map((peer) => new Promise((resolve) => peer.on('open', resolve))));
    connection = first.connect(second.id, { serialization: 'json', reliable: true });
    connection.on('error', ({ type, message }) =>
      end(type === 'negotiation-failed' ? { kind: 'no-route' } : { kind: 'peer', message }),
    );
    await new Promise<void>((resolve) => connection?.on('open', resolve));
    reach('connected');
    roundTrip = await medianRoundTrip(connection);
    reach('roundTrip');
  };

  const watchPatience = async () => {
    for (const step of STEP_NAMES) {
      const promise = pending.get(step)?.promise;
      if (promise === undefined) continue;
      const timer = setTimeout(() => end({ kind: 'timeout' }), STEPS[step].patience);
      await Promise.race([promise, failed]);
      clearTimeout(timer);
    }
  };

  void watchPatience();
  try {
    const cause = await Promise.race([failed, meet()]);
    if (cause !== undefined) {
      const step = STEP_NAMES.find((name) => pending.has(name)) ?? 'roundTrip';
      return { failure: { step, cause } };
    }
    return { failure: undefined, route: await routeOf(connection), roundTrip };
  } finally {
    stopWatching();
    for (const peer of peers) peer.destroy();
  }
}

async function medianRoundTrip(connection: DataConnection): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < ROUND_TRIPS; index += 1) {
    const echo = new Promise((resolve) => connection.once('data', resolve));
    const sent = performance.now();
    void connection.send(index);
    await echo;
    times.push(performance.now() - sent);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(ROUND_TRIPS / 2)] ?? 0;
}

/** The selected pair of candidates, from the browser's statistics. */
async function routeOf(connection: DataConnection | undefined): Promise<Route | undefined> {
  const statistics = await connection?.peerConnection.getStats();
  // The DOM library has one type for all kinds of entries.
  const byId = new Map<string, Record<string, unknown>>();
  statistics?.forEach((entry: { id: string }) => {
    byId.set(entry.id, { ...entry });
  });
  const pairs = [...byId.values()].filter(({ type }) => type === 'candidate-pair');
  const transport = [...byId.values()].find(({ type }) => type === 'transport');
  // Firefox has no transport entry, and marks the pair instead.
  const pair =
    byId.get(String(transport?.selectedCandidatePairId)) ??
    pairs.find(({ nominated, state }) => nominated === true && state === 'succeeded');
  const local = byId.get(String(pair?.localCandidateId));
  const remote = byId.get(String(pair?.remoteCandidateId));
  if (local === undefined || remote === undefined) return undefined;
  return {
    local: local.candidateType as RTCIceCandidateType,
    remote: remote.candidateType as RTCIceCandidateType,
    protocol: String(local.protocol),
  };
}
