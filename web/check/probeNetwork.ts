import { type Gathered, gather, relayLoop, serversFor } from './probes.ts';
import { type Step, type StepResult, TURN_STEPS, type TurnStep } from './steps.ts';

type Note = (step: Step, result: StepResult) => void;

/**
 * Asks the STUN and TURN servers, all at the same time, and notes what comes of it. What fails here stops
 * nobody: two players in one network need neither.
 *
 * @returns whether the browser has any address that another player could connect to.
 */
export async function probeNetwork(iceServers: RTCIceServer[], note: Note): Promise<boolean> {
  const [hasHost, hasPublic, ...transports] = await Promise.all([
    probeHost(note),
    probeStun(serversFor('stun', iceServers), note),
    ...TURN_STEPS.map(async (step) => probeTurn(step, serversFor(step, iceServers), note)),
  ]);
  const relays = TURN_STEPS.filter((_, index) => transports[index]);
  if (relays.length === 0) note('relay', { state: 'skipped' });
  else
    await probeRelay(
      relays.flatMap((step) => serversFor(step, iceServers)),
      note,
    );
  return hasHost || hasPublic || relays.length > 0;
}

async function probeHost(note: Note): Promise<boolean> {
  note('address', { state: 'running' });
  const { at } = await gather({ iceServers: [] }, 'host');
  const milliseconds = at.get('host');
  if (milliseconds === undefined) {
    note('address', { state: 'failed', detail: 'There is none.' });
    return false;
  }
  note('address', { state: 'done', milliseconds });
  return true;
}

async function probeStun(iceServers: RTCIceServer[], note: Note): Promise<boolean> {
  if (iceServers.length === 0) {
    note('stun', { state: 'skipped' });
    return false;
  }
  note('stun', { state: 'running' });
  const gathered = await gather({ iceServers }, 'srflx');
  const milliseconds = gathered.at.get('srflx');
  if (milliseconds !== undefined) {
    note('stun', { state: 'done', milliseconds });
    return true;
  }
  // The browser leaves out what the server saw if it is the device's own address.
  const isPublic =
    gathered.at.has('host') &&
    gathered.isComplete &&
    gathered.errors.length === 0 &&
    'onicecandidateerror' in RTCPeerConnection.prototype;
  note('stun', isPublic ? { state: 'done', detail: 'No router is between.' } : failed(gathered));
  return isPublic;
}

async function probeTurn(step: TurnStep, iceServers: RTCIceServer[], note: Note): Promise<boolean> {
  if (iceServers.length === 0) {
    note(step, { state: 'skipped' });
    return false;
  }
  note(step, { state: 'running' });
  const gathered = await gather({ iceServers, iceTransportPolicy: 'relay' }, 'relay');
  const milliseconds = gathered.at.get('relay');
  note(step, milliseconds === undefined ? failed(gathered) : { state: 'done', milliseconds });
  return milliseconds !== undefined;
}

async function probeRelay(iceServers: RTCIceServer[], note: Note): Promise<void> {
  note('relay', { state: 'running' });
  const start = performance.now();
  const isBack = await relayLoop(iceServers);
  const milliseconds = performance.now() - start;
  note('relay', isBack ? { state: 'done', milliseconds } : { state: 'failed' });
}

/** The browser's own words are those of its engineers, but they are what a search engine finds. */
function failed({ errors, isComplete }: Gathered): StepResult {
  const [error] = errors;
  if (error !== undefined) return { state: 'failed', detail: `The browser says “${error}”.` };
  return { state: 'failed', detail: isComplete ? 'No address came.' : 'No answer in time.' };
}
