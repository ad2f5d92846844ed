import { TRY_AGAIN_LATER } from '../../src/protocol/closeCodes.ts';
import type { CheckOutcome } from './checkConnection.ts';
import type { CheckFailure } from './StepTaker.ts';
import { STEPS, type Step, TURN_STEPS } from './steps.ts';

/** What the page says about something that does not work. */
interface Advice {
  /** What happened. */
  readonly headline: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What a check comes to, for a player. */
export interface Verdict {
  /** `trouble`: players on other networks will not all be reached. */
  readonly kind: 'works' | 'trouble' | 'failed';
  readonly title: string;
  readonly advice: readonly Advice[];
}

/** What to do if a step fails. */
const REMEDIES: Readonly<Record<Step, string>> = {
  webrtc:
    'An extension, a privacy setting or a company policy may have switched WebRTC off: try a private window or another browser.',
  id: 'Is the server running, and is this device online? A proxy in front of the server must pass on every path.',
  socket:
    'HTTP works, but WebSockets do not. A proxy in front of the server must pass on the Upgrade and Connection headers; a company network or a VPN may block WebSockets.',
  open: 'The socket is open, but the server does not answer on it. Look for errors in its log.',
  server: 'The server let the player in and then fell silent. Look for errors in its log.',
  ice: 'The check went on with a public STUN server. Games that ask this server get none: look in its log.',
  address:
    'This browser offers no network address. An extension, a privacy setting or a company policy may have switched WebRTC off: try a private window or another browser.',
  stun: 'UDP does not get through: a firewall or a VPN blocks it, or the STUN server is down. Try another network, or without the VPN. Players elsewhere reach this device through a TURN server alone.',
  turnUdp:
    'The TURN server gives no address over UDP. Is it running, and do a firewall and its credentials let players in?',
  turnTcp: 'The TURN server gives no address over TCP: does a firewall on its side let TCP in?',
  turnTls:
    'The TURN server gives no address over TLS: is its certificate valid, and does a firewall on its side let that port in?',
  relay:
    'The TURN server gave addresses, but carries nothing between them: its range of relay ports must be open for UDP.',
  offer:
    'The server did not deliver the offer. Look in its log for this room. Run the check again: if it always fails here, something between you and the server blocks WebSocket messages.',
  answer:
    'The offer arrived, but no answer came. Keep this tab in front while the check runs, and look in the server’s log for this room.',
  connected:
    'The server did its part, but two players in this page could not connect. A firewall on this device, a VPN or an extension blocks WebRTC: try without them.',
  roundTrip:
    'The connection opened, but then carried no message. The network changed, or a firewall drops connections: run the check again.',
};

const STUN_IS_DOWN =
  'UDP gets through to the TURN server, so the STUN server is down, or its address is wrong. Players should reach this device all the same.';

const TURNED_AWAY =
  'The server could not admit anybody for the moment, or too many players joined from this address. Wait a minute and run the check again; if it happens again, look in the server’s log.';
const CUT_OFF =
  'It was stopped, restarted or deployed just now, or the network dropped out. Run the check again in a moment; if it happens again, look in the server’s log.';

/** Says what a check comes to, and what to do about each thing that does not work. */
export function verdictOf({ results, failure, ice }: CheckOutcome): Verdict {
  const failedSteps = (Object.keys(STEPS) as Step[]).filter(
    (step) => results[step].state === 'failed' && step !== failure?.step,
  );
  // A browser asks a TURN server over UDP what it would ask a STUN server.
  const hasTurnOverUdp = results.turnUdp.state === 'done';
  const others = failedSteps.map((step) => ({
    headline: `${STEPS[step].name}: ${results[step].detail ?? 'failed.'}`,
    remedy: step === 'stun' && hasTurnOverUdp ? STUN_IS_DOWN : REMEDIES[step],
  }));
  if (failure !== undefined) {
    return {
      kind: 'failed',
      title: `Stopped at “${STEPS[failure.step].name}”`,
      advice: [adviceFor(failure), ...others],
    };
  }

  const relays = results.relay.state === 'done';
  const isSeenFromOutside = results.stun.state === 'done' || hasTurnOverUdp;
  if (!isSeenFromOutside && !relays) {
    return {
      kind: 'trouble',
      title: 'Only in this network',
      advice: [
        {
          headline: 'The server works, but players on other networks cannot reach this device.',
          remedy: 'Two devices in the same network, such as at home, can still play.',
        },
        ...others,
      ],
    };
  }
  if (!isSeenFromOutside) {
    return {
      kind: 'trouble',
      title: 'Works, through the relay only',
      advice: others,
    };
  }
  if (ice?.isDegraded === true) others.push(DEGRADED);
  if (failedSteps.length > 0 || ice?.isDegraded === true) {
    return { kind: 'trouble', title: 'Works for most players', advice: others };
  }
  const hasTurn = TURN_STEPS.some((step) => results[step].state === 'done');
  return hasTurn
    ? { kind: 'works', title: 'It works', advice: [] }
    : { kind: 'works', title: 'It works for most players', advice: [NO_TURN] };
}

const DEGRADED: Advice = {
  headline: 'TURN is set up, but the server gets no credentials for it now.',
  remedy: 'See turn-unavailable in its log.',
};

const NO_TURN: Advice = {
  headline: 'There is no TURN server.',
  remedy:
    'Players behind a strict firewall, and some in mobile networks, need one to reach others. The operator finds in docs/ice-servers.md how to add one.',
};

/** Says what happened where the check stopped, and what to do about it. */
function adviceFor({ step, cause }: CheckFailure): Advice {
  switch (cause.kind) {
    case 'timeout':
      return { headline: 'It took too long, so the check stopped.', remedy: REMEDIES[step] };
    case 'http':
      return { headline: 'The server did not answer over HTTP.', remedy: REMEDIES.id };
    case 'no-route':
      return { headline: 'No route was found.', remedy: REMEDIES.connected };
    case 'no-webrtc':
      return { headline: 'This browser does not support WebRTC.', remedy: REMEDIES.webrtc };
    case 'no-address':
      return { headline: 'There is no way to this device.', remedy: REMEDIES.address };
    case 'peer':
      return { headline: `${cause.message}.`.replace('..', '.'), remedy: REMEDIES[step] };
    case 'socket-closed':
      // A browser says nothing about a WebSocket that never opened.
      if (step === 'socket') {
        return { headline: 'The WebSocket did not open.', remedy: REMEDIES.socket };
      }
      return {
        headline: `The server ended the connection (code ${cause.code}).`,
        remedy: cause.code === TRY_AGAIN_LATER ? TURNED_AWAY : CUT_OFF,
      };
    case 'refused':
      return {
        headline: `The server refused: “${cause.message}”`,
        remedy: refusalRemedy(cause.type),
      };
    default:
      return cause satisfies never;
  }
}

function refusalRemedy(type: string): string {
  switch (type) {
    case 'invalid-key':
      return 'This is not the server’s access key. Run the check again and enter the value of the setting PEERJS_KEY.';
    case 'invalid-token':
      return 'Peers of this server need a signed token. Enter one that names no peer (no “sub”), and run the check again; docs/authentication.md says how to make one.';
    case 'origin-not-allowed':
      return 'The setting ALLOWED_ORIGINS does not include the address of this page. Add it there to run the check here.';
    default:
      return 'docs/protocol.md says what each refusal means.';
  }
}
