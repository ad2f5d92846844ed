import type { TurnStep } from './steps.ts';

/** Longer than any answer takes that a player would wait for. */
const ANSWER_MS = 6000;
const RELAY_MS = 10_000;

/** What a browser found out about its own addresses. */
export interface Gathered {
  /** Milliseconds until the first candidate of a kind. */
  readonly at: ReadonlyMap<RTCIceCandidateType, number>;
  /** What the servers said that gave none, such as a wrong password. */
  readonly errors: readonly string[];
  /** Whether the browser had no more to look for, before time was up. */
  readonly isComplete: boolean;
}

/** The ICE servers that are reached by one transport, each with that URL alone. */
export function serversFor(
  step: 'stun' | TurnStep,
  iceServers: readonly RTCIceServer[],
): RTCIceServer[] {
  return iceServers.flatMap(({ urls, ...credentials }) =>
    [urls]
      .flat()
      .filter((url) => stepOf(url) === step)
      .map((url) => ({ ...credentials, urls: url })),
  );
}

function stepOf(url: string): 'stun' | TurnStep {
  if (url.startsWith('stun')) return 'stun';
  if (url.startsWith('turns:')) return 'turnTls';
  return /[?&]transport=tcp/i.test(url) ? 'turnTcp' : 'turnUdp';
}

/** Gathers candidates until there is one of a kind, or the browser has no more, or it takes too long. */
export async function gather(
  configuration: RTCConfiguration,
  kind: RTCIceCandidateType,
): Promise<Gathered> {
  const start = performance.now();
  const at = new Map<RTCIceCandidateType, number>();
  const errors = new Set<string>();
  let connection: RTCPeerConnection;
  try {
    connection = new RTCPeerConnection(configuration);
  } catch (error) {
    // The server named something that is no ICE server.
    return { at, errors: [messageOf(error)], isComplete: true };
  }
  try {
    connection.createDataChannel('check');
    const ended = new Promise<boolean>((resolve) => {
      setTimeout(resolve, ANSWER_MS, false);
      connection.onicecandidateerror = ({ errorCode, errorText }) => {
        // It stands within a sentence, which has an end of its own.
        errors.add(`${errorCode} ${errorText}`.trim().replace(/\.$/, ''));
      };
      connection.onicecandidate = ({ candidate }) => {
        if (candidate === null) resolve(true);
        // Firefox says by an empty one that a network has no more.
        if (candidate === null || candidate.candidate === '') return;
        const type = candidate.type ?? 'host';
        if (!at.has(type)) at.set(type, performance.now() - start);
        if (type === kind) resolve(true);
      };
    });
    await connection.setLocalDescription();
    const isComplete = await ended;
    return { at, errors: [...errors], isComplete };
  } finally {
    connection.close();
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Sends a message through a relay and back: two connections that may use nothing else. */
export async function relayLoop(iceServers: RTCIceServer[]): Promise<boolean> {
  const configuration: RTCConfiguration = { iceServers, iceTransportPolicy: 'relay' };
  const caller = new RTCPeerConnection(configuration);
  const callee = new RTCPeerConnection(configuration);
  try {
    caller.onicecandidate = ({ candidate }) => void add(callee, candidate);
    callee.onicecandidate = ({ candidate }) => void add(caller, candidate);
    callee.ondatachannel = ({ channel }) => {
      channel.onmessage = ({ data }) => channel.send(String(data));
    };
    const channel = caller.createDataChannel('loop');
    const isBack = new Promise<boolean>((resolve) => {
      setTimeout(resolve, RELAY_MS, false);
      channel.onopen = () => channel.send('ping');
      channel.onmessage = () => resolve(true);
    });
    await caller.setLocalDescription();
    await callee.setRemoteDescription(caller.localDescription ?? { type: 'offer' });
    await callee.setLocalDescription();
    await caller.setRemoteDescription(callee.localDescription ?? { type: 'answer' });
    return await isBack;
  } finally {
    caller.close();
    callee.close();
  }
}

/** Candidates that come before the description are in it. */
async function add(to: RTCPeerConnection, candidate: RTCIceCandidate | null): Promise<void> {
  if (candidate === null) return;
  while (to.remoteDescription === null) {
    if (to.signalingState === 'closed') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await to.addIceCandidate(candidate).catch(() => {});
}
