import { type DataConnection, Peer, type PeerOptions } from 'peerjs';
import { HEARTBEAT } from '../../src/protocol/messages.ts';
import type { IceSetup } from '../shared/iceServers.ts';
import { probeNetwork } from './probeNetwork.ts';
import { serversFor } from './probes.ts';
import { medianRoundTrip, type Route, routeOf, routeSentence } from './route.ts';
import { type CheckFailure, StepFailed, StepTaker } from './StepTaker.ts';
import { STEPS, type Step, type StepResult, type StepResults, TURN_STEPS } from './steps.ts';
import { watchPlayers } from './watchPlayers.ts';

/** All that a check found out. */
export interface CheckOutcome {
  readonly results: StepResults;
  readonly failure: CheckFailure | undefined;
  readonly route: Route | undefined;
  readonly ice: IceSetup | undefined;
}

const INSECURE = 'This page was not loaded over HTTPS: games here get no camera or microphone.';

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
  const steps = new StepTaker(onStep);
  const { results } = steps;
  const { first, second, stop } = watchPlayers((cause) => steps.fail(cause));
  const peers: Peer[] = [];
  const join = (config: RTCConfiguration) => {
    const peer = newPlayer({ ...options, config }, steps);
    peers.push(peer);
    return peer;
  };

  let route: Route | undefined;
  let ice: IceSetup | undefined;
  try {
    if (typeof RTCPeerConnection === 'undefined') {
      throw new StepFailed({ step: 'webrtc', cause: { kind: 'no-webrtc' } });
    }
    steps.note(
      'webrtc',
      isSecureContext ? { state: 'done' } : { state: 'warned', detail: INSECURE },
    );

    // PeerJS reads it when it connects, and by then it is known.
    const config: RTCConfiguration = {};
    const caller = join(config);
    await steps.take('id', first.created.promise);
    const send = await steps.take('socket', first.opened.promise);
    await steps.take('open', first.joined.promise);
    await steps.take('server', () => {
      send(HEARTBEAT);
      return first.answered.promise;
    });

    ice = await steps.take('ice', fetchIce, resultOf);
    config.iceServers = ice.iceServers;
    if (!(await probeNetwork(ice.iceServers, (step, result) => steps.note(step, result)))) {
      throw new StepFailed({ step: 'address', cause: { kind: 'no-address' } });
    }

    const link = await steps.take('offer', async () => {
      const outgoing = await call(caller, join(config), steps);
      await second.offered.promise;
      return outgoing;
    });
    await steps.take('answer', first.accepted.promise);
    await steps.take('connected', untilOpen(link));
    route = await routeOf(link);
    await steps.take(
      'roundTrip',
      () => medianRoundTrip(link),
      (milliseconds) => ({ milliseconds, detail: `${routeSentence(route)}.` }),
    );
    return { results, failure: undefined, route, ice };
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    steps.noteFailure(error.failure);
    return { results, failure: error.failure, route, ice };
  } finally {
    stop();
    for (const peer of peers) peer.destroy();
  }
}

/** A player of PeerJS, whose errors fail the step that is being taken. */
function newPlayer(options: PeerOptions, steps: StepTaker): Peer {
  const peer = new Peer(options);
  peer.on('error', ({ type, message }) => {
    // The watched sockets say more about the first two. The last may concern one candidate of many.
    if (['network', 'socket-closed', 'webrtc'].includes(type)) return;
    if (type === 'browser-incompatible') steps.fail({ kind: 'no-webrtc' });
    else if (type === 'server-error') steps.fail({ kind: 'http', message });
    else steps.fail({ kind: 'peer', message });
  });
  return peer;
}

/** Has one player call the other, who sends back all that it gets. */
async function call(caller: Peer, callee: Peer, steps: StepTaker): Promise<DataConnection> {
  callee.on('connection', (incoming) => {
    incoming.on('data', (data) => void incoming.send(data));
  });
  await Promise.all([caller, callee].map(untilOpen));
  const outgoing = caller.connect(callee.id, { serialization: 'json', reliable: true });
  outgoing.on('error', ({ type, message }) =>
    steps.fail(type === 'negotiation-failed' ? { kind: 'no-route' } : { kind: 'peer', message }),
  );
  return outgoing;
}

async function untilOpen(opening: Peer | DataConnection): Promise<void> {
  if (opening.open) return;
  await new Promise<void>((resolve) => {
    if (opening instanceof Peer) opening.once('open', () => resolve());
    else opening.once('open', () => resolve());
  });
}

/** What the answer to the question for ICE servers says of its step. */
function resultOf(setup: IceSetup): Partial<StepResult> {
  if (setup.trouble !== undefined) return { state: 'failed', detail: `${setup.trouble}.` };
  return { detail: namesOf(setup) };
}

/** What the server named, such as "STUN, and TURN over UDP, TLS." */
function namesOf({ iceServers, isDegraded }: IceSetup): string {
  const transports = TURN_STEPS.filter((step) => serversFor(step, iceServers).length > 0);
  const turn = transports.map((step) => STEPS[step].name.replace('TURN over ', '')).join(', ');
  if (isDegraded) return 'STUN. TURN is set up, but the server gets no credentials for it now.';
  return turn === '' ? 'STUN, no TURN.' : `STUN, and TURN over ${turn}.`;
}
