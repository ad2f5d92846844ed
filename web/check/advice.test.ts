import { expect, it } from 'vitest';
import { verdictOf } from './advice.ts';
import type { CheckOutcome } from './checkConnection.ts';
import { reportOf } from './report.ts';
import { noResults, STEP_NAMES, type Step, type StepResult, type StepState } from './steps.ts';

const ICE = { iceServers: [], isDegraded: false, trouble: undefined };

/** A check in which all went well, but for these steps. */
function outcome(
  states: Partial<Record<Step, StepState>>,
  rest: Partial<CheckOutcome> = {},
): CheckOutcome {
  const results: Record<Step, StepResult> = noResults();
  for (const step of STEP_NAMES) results[step] = { state: states[step] ?? 'done' };
  return { results, failure: undefined, route: undefined, ice: ICE, ...rest };
}

const NO_TURN = {
  turnUdp: 'skipped',
  turnTcp: 'skipped',
  turnTls: 'skipped',
  relay: 'skipped',
} as const;
const NO_RELAY = {
  turnUdp: 'failed',
  turnTcp: 'failed',
  turnTls: 'failed',
  relay: 'skipped',
} as const;

it.each<[string, string, Partial<Record<Step, StepState>>]>([
  ['It works', 'all is well', {}],
  ['It works for most players', 'there is no TURN server', NO_TURN],
  ['Works for most players', 'one way to the relay fails', { turnTls: 'failed' }],
  ['Works for most players', 'the relay carries nothing', { relay: 'failed' }],
  ['Works for most players', 'only the STUN server is down', { stun: 'failed' }],
  ['It works', 'TURN is set up alone', { stun: 'skipped' }],
  ['Works, through the relay only', 'UDP is blocked', { stun: 'failed', turnUdp: 'failed' }],
  ['Only in this network', 'UDP is blocked, and there is no relay', { ...NO_TURN, stun: 'failed' }],
  ['Only in this network', 'nothing gets out', { ...NO_RELAY, stun: 'failed' }],
])('it says “%s” where %s', (title, _, states) => {
  expect(verdictOf(outcome(states)).title).toBe(title);
});

it('does not say that UDP is blocked where it reaches the TURN server', () => {
  const remedyOf = (states: Partial<Record<Step, StepState>>) =>
    verdictOf(outcome({ stun: 'failed', ...states })).advice[0]?.remedy;
  expect(remedyOf({})).toContain('the STUN server is down');
  expect(remedyOf({})).not.toContain('does not get through');
  expect(remedyOf({ turnUdp: 'failed' })).toContain('UDP does not get through');
});

it('says to wait where the server turned the player away for now, as after too many joins', () => {
  const cause = { kind: 'socket-closed', code: 1013 } as const;
  const [advice] = verdictOf(outcome({}, { failure: { step: 'open', cause } })).advice;
  expect(advice?.remedy).toContain('too many players joined from this address');
});

it('says that the server gets no credentials for its relay', () => {
  const { kind, advice } = verdictOf(outcome(NO_TURN, { ice: { ...ICE, isDegraded: true } }));
  expect(kind).toBe('trouble');
  expect(advice.map(({ headline }) => headline).join()).toContain('no credentials');
});

it('names the step that failed first, and then the others', () => {
  const { title, advice } = verdictOf(
    outcome(
      { stun: 'failed', connected: 'failed' },
      { failure: { step: 'connected', cause: { kind: 'no-route' } } },
    ),
  );
  expect(title).toBe('Stopped at “Connected”');
  expect(advice.map(({ headline }) => headline)).toEqual([
    'No route was found.',
    'STUN over UDP: failed.',
  ]);
});

it('has advice for every step that can fail', () => {
  for (const step of STEP_NAMES) {
    const failure = { step, cause: { kind: 'timeout' } } as const;
    const [first] = verdictOf(outcome({ [step]: 'failed' }, { failure })).advice;
    expect(first?.remedy.length, step).toBeGreaterThan(30);
  }
});

it('a report has the steps in order, without those that do not apply', () => {
  const check = outcome(NO_TURN);
  const report = reportOf(check, verdictOf(check), {
    server: 'https://peerjs.example/',
    browser: 'Some browser',
    time: new Date(0),
    isSecure: true,
  });
  expect(report.split('\n').slice(3, 6)).toEqual([
    'done               WebRTC',
    'done               Id',
    'done               Socket',
  ]);
  expect(report).not.toContain('TURN over');
  expect(report).toContain('Time: 1970-01-01T00:00:00.000Z');
});
