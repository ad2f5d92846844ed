import { type DataConnection, Peer, type PeerOptions } from 'peerjs';
import { HEARTBEAT, HEARTBEAT_ANSWER } from '../../src/protocol/messages.ts';
import type { IceSetup } from '../shared/iceServers.ts';
import { probeNetwork } from './probeNetwork.ts';
import { messageOf, serversFor } from './probes.ts';
import { medianRoundTrip, type Route, routeOf, routeSentence } from './route.ts';
import {
  noResults,
  STEPS,
  type Step,
  type StepResult,
  type StepResults,
  TURN_STEPS,
} from './steps.ts';
import { watchSockets } from './watchSockets.ts';

/** Why a check ended early, at a step that all later ones need. */
export interface CheckFailure {
  readonly step: Step;
  readonly cause: FailureCause;
}

type FailureCause =
  | { readonly kind: 'timeout' }
  | { readonly kind: 'no-webrtc' }
  | { readonly kind: 'no-address' }
  | { readonly kind: 'http'; readonly message: string }
  /** The server refused. `type` is its reason for programs, if it gave one. */
  | { readonly kind: 'refused'; readonly type: string; readonly message: string }
  | { readonly kind: 'socket-closed'; readonly code: number }
  | { readonly kind: 'no-route' }
  | { readonly kind: 'peer'; readonly message: string };

/** All that a check found out. */
export interface CheckOutcome {
  readonly results: StepResults;
  readonly failure: CheckFailure | undefined;
  readonly route: Route | undefined;
  readonly ice: IceSetup | undefined;
}

const INSECURE = 'This page was not loaded over HTTPS: games here get no camera or microphone.';

class StepFailed extends Error {
  readonly failure: CheckFailure;
  constructor(failure: CheckFailure) {
    super(failure.step);
    this.failure = failure;
  }
}

/**
 * Takes one step after the other, as a stock PeerJS player does, and says of each how long it took.
 *
 * @param fetchIce asks the server for its ICE servers.
 */
export async function checkConnection(
  options: PeerOptions,
  fetchIce: () => Promise<IceSetup>,
  onStep: (step: Step, result: StepResult) => void,
): Promise<CheckOutcome> {
  const results = noResults();
  const note = (step: Step, result: StepResult) => {
    results[step] = result;
    onStep(step, result);
  };
  let end = (_: FailureCause) => {};
  const failed = new Promise<FailureCause>((resolve) => {
    end = resolve;
  });

  /** Waits for a step, for as long as a player would, and notes how long it took. */
  const take = async <T>(
    step: Step,
    work: Promise<T> | (() => Promise<T>),
    detail?: (value: T) => Partial<StepResult>,
  ): Promise<T> => {
    note(step, { state: 'running' });
    const start = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<FailureCause>((resolve) => {
      timer = setTimeout(resolve, STEPS[step].patience, { kind: 'timeout' });
    });
    try {
      const value = typeof work === 'function' ? work() : work;
      const outcome = await Promise.race([
        value.then(
          (it) => ({ value: it }),
          (error: unknown) => ({ cause: { kind: 'peer', message: messageOf(error) } as const }),
        ),
        Promise.race([failed, late]).then((cause) => ({ cause })),
      ]);
      if ('cause' in outcome) throw new StepFailed({ step, cause: outcome.cause });
      const milliseconds = performance.now() - start;
      note(step, { state: 'done', milliseconds, ...detail?.(outcome.value) });
      return outcome.value;
    } finally {
      clearTimeout(timer);
    }
  };

  const first = socketEvents();
  const second = socketEvents();
  const eventsOf = (socket: number) => (socket === 0 ? first : second);
  const stopWatching = watchSockets({
    created: (socket) => eventsOf(socket).created.resolve(),
    opened(socket, send) {
      eventsOf(socket).opened.resolve(send);
    },
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
        end({ kind: 'refused', type: payload?.type ?? '', message: payload?.msg ?? '' });
      }
    },
    closed: (_, code) => end({ kind: 'socket-closed', code }),
  });

  const peers: Peer[] = [];
  const join = (config: RTCConfiguration): Peer => {
    const peer = new Peer({ ...options, config });
    peers.push(peer);
    peer.on('error', ({ type, message }) => {
      // The watched sockets say more about the first two. The last may concern one candidate of many.
      if (['network', 'socket-closed', 'webrtc'].includes(type)) return;
      if (type === 'browser-incompatible') end({ kind: 'no-webrtc' });
      else if (type === 'server-error') end({ kind: 'http', message });
      else end({ kind: 'peer', message });
    });
    return peer;
  };

  let route: Route | undefined;
  let ice: IceSetup | undefined;
  try {
    if (typeof RTCPeerConnection === 'undefined') {
      throw new StepFailed({ step: 'webrtc', cause: { kind: 'no-webrtc' } });
    }
    note('webrtc', isSecureContext ? { state: 'done' } : { state: 'warned', detail: INSECURE });

    // PeerJS reads it when it connects, and by then it is known.
    const config: RTCConfiguration = {};
    const caller = join(config);
    await take('id', first.created.promise);
    const send = await take('socket', first.opened.promise);
    await take('open', first.joined.promise);
    await take('server', () => {
      send(HEARTBEAT);
      return first.answered.promise;
    });

    const setup = await take('ice', fetchIce, (it) =>
      it.trouble === undefined
        ? { detail: namesOf(it) }
        : { state: 'failed', detail: `${it.trouble}.` },
    );
    ice = setup;
    config.iceServers = setup.iceServers;
    if (!(await probeNetwork(setup.iceServers, note))) {
      throw new StepFailed({ step: 'address', cause: { kind: 'no-address' } });
    }

    const link = await take('offer', async () => {
      const callee = join(config);
      callee.on('connection', (incoming) => {
        incoming.on('data', (data) => void incoming.send(data));
      });
      await Promise.all([caller, callee].map(untilOpen));
      const outgoing = caller.connect(callee.id, { serialization: 'json', reliable: true });
      outgoing.on('error', ({ type, message }) =>
        end(type === 'negotiation-failed' ? { kind: 'no-route' } : { kind: 'peer', message }),
      );
      await second.offered.promise;
      return outgoing;
    });
    await take('answer', first.accepted.promise);
    await take('connected', untilOpen(link));
    route = await routeOf(link);
    await take(
      'roundTrip',
      () => medianRoundTrip(link),
      (milliseconds) => ({ milliseconds, detail: `${routeSentence(route)}.` }),
    );
    return { results, failure: undefined, route, ice };
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    note(error.failure.step, { state: 'failed' });
    for (const [step, { state }] of Object.entries(results) as [Step, StepResult][]) {
      if (state === 'running') note(step, { state: 'waiting' });
    }
    return { results, failure: error.failure, route, ice };
  } finally {
    stopWatching();
    for (const peer of peers) peer.destroy();
  }
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

async function untilOpen(opening: Peer | DataConnection): Promise<void> {
  if (opening.open) return;
  await new Promise<void>((resolve) => {
    if (opening instanceof Peer) opening.once('open', () => resolve());
    else opening.once('open', () => resolve());
  });
}

/** What the server named, such as `STUN and TURN over UDP, TLS`. */
function namesOf({ iceServers, isDegraded }: IceSetup): string {
  const transports = TURN_STEPS.filter((step) => serversFor(step, iceServers).length > 0);
  const turn = transports.map((step) => STEPS[step].name.replace('TURN over ', '')).join(', ');
  if (isDegraded) return 'STUN. TURN is set up, but the server gets no credentials for it now.';
  return turn === '' ? 'STUN, no TURN.' : `STUN, and TURN over ${turn}.`;
}
