import type { CheckFailure } from './checkConnection.ts';
import type { Step } from './steps.ts';

/** What the page says about a failed check. */
export interface Advice {
  /** What happened. */
  readonly headline: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What to do if a step is not reached in time. */
const REMEDIES: Readonly<Record<Step, string>> = {
  id: 'Is the server running, and is this device online? A proxy in front of the server must pass on every path.',
  socket:
    'HTTP works, but WebSockets do not. A proxy in front of the server must pass on the Upgrade and Connection headers; a company network or a VPN may block WebSockets.',
  open: 'The socket is open, but the server does not answer on it. Look for errors in its log.',
  offer:
    'The server did not deliver the offer. Look in its log for this room. Run the check again: if it always fails here, something between you and the server blocks WebSocket messages.',
  answer:
    'The offer arrived, but no answer came. Keep this tab in front while the check runs, and look in the server’s log for this room.',
  candidate:
    'This browser offered no network address. An extension, a privacy setting or a company policy may have switched WebRTC off: try a private window or another browser.',
  connected:
    'The server did its part, but the two players could not connect directly. A firewall or a VPN blocks UDP, or WebRTC itself: try without the VPN. Players behind such a firewall need a TURN server.',
  roundTrip:
    'The connection opened, but then carried no message. The network changed, or a firewall drops connections: run the check again.',
};

/** Says what happened and what to do about it. */
export function adviceFor({ step, cause }: CheckFailure): Advice {
  switch (cause.kind) {
    case 'timeout':
      return { headline: 'It took too long, so the check stopped.', remedy: REMEDIES[step] };
    case 'http':
      return { headline: 'The server did not answer over HTTP.', remedy: REMEDIES.id };
    case 'no-route':
      return { headline: 'No route was found.', remedy: REMEDIES.connected };
    case 'no-webrtc':
      return { headline: 'This browser does not support WebRTC.', remedy: REMEDIES.candidate };
    case 'peer':
      return { headline: `${cause.message}.`.replace('..', '.'), remedy: REMEDIES[step] };
    case 'socket-closed':
      // A browser says nothing about a WebSocket that never opened.
      return step === 'socket'
        ? { headline: 'The WebSocket did not open.', remedy: REMEDIES.socket }
        : {
            headline: `The server ended the connection (code ${cause.code}).`,
            remedy:
              'It was stopped, restarted or deployed just now, or the network dropped out. Run the check again in a moment; if it happens again, look in the server’s log.',
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
      return 'Peers of this server need a signed token (JWT_SECRET or JWT_JWKS_URL), and this page has none. Check it from your game, with a token; docs/authentication.md says how.';
    case 'origin-not-allowed':
      return 'The setting ALLOWED_ORIGINS does not include the address of this page. Add it there to run the check here.';
    case 'too-many-connections':
      return 'Wait a minute and run the check again.';
    default:
      return 'The server’s documentation says what each refusal means.';
  }
}
