import './check.css';
import { accessKey, forgetAccessKey, knownAccessKey } from '../shared/accessKey.ts';
import { copyOnClick } from '../shared/copyButton.ts';
import { find, make } from '../shared/dom.ts';
import { fetchIceSetup, type IceSetup } from '../shared/iceServers.ts';
import { randomName } from '../shared/randomName.ts';
import { pathHere, peerOptions } from '../shared/server.ts';
import { adviceFor } from './advice.ts';
import { type CheckFailure, checkConnection, type Route } from './checkConnection.ts';
import { turnWorks } from './checkTurn.ts';
import { snippet } from './snippets.ts';
import { STEP_NAMES, STEPS, type Step } from './steps.ts';

type StepState = 'waiting' | 'running' | 'done' | 'failed';

const STATE_LABELS: Readonly<Record<StepState, string>> = {
  waiting: '',
  running: 'in progress',
  done: 'done',
  failed: 'failed',
};

const runButton = find('#run', HTMLButtonElement);
const result = find('#result', HTMLElement);
const list = find('#steps', HTMLOListElement);

const rows = new Map(STEP_NAMES.map((step) => [step, appendRow(step)]));
showSnippets();
showHint();
runButton.addEventListener('click', () => void run());

async function run(): Promise<void> {
  runButton.disabled = true;
  try {
    const key = await accessKey();
    showSnippets();
    await runWith(key);
  } finally {
    runButton.disabled = false;
    runButton.textContent = 'Run it again';
    runButton.focus();
  }
}

async function runWith(key: string): Promise<void> {
  runButton.textContent = 'Checking';
  for (const step of STEP_NAMES) setState(step, 'waiting');
  setState(STEP_NAMES[0] ?? 'id', 'running');
  result.replaceChildren(make('p', 'Checking', 'muted'));
  result.className = 'result';

  const room = `check-${randomName(10)}`;
  const ice = await fetchIceSetup(room, key);
  const done = new Set<Step>();
  const outcome = await checkConnection(peerOptions(room, key, ice.iceServers), (step, elapsed) => {
    done.add(step);
    setState(step, 'done', `${formatMilliseconds(elapsed)}`);
    const next = STEP_NAMES.find((name) => !done.has(name));
    if (next !== undefined) setState(next, 'running');
  });

  if (outcome.failure !== undefined) {
    showFailure(outcome.failure);
    return;
  }
  const turn = ice.hasTurn ? await turnWorks(ice.iceServers) : undefined;
  showSuccess(outcome.route, outcome.roundTrip, ice, turn);
}

function showHint(): void {
  result.replaceChildren(make('p', 'It takes a second or two and stores nothing.', 'muted'));
}

function showSuccess(
  route: Route | undefined,
  roundTrip: number,
  ice: IceSetup,
  turn: boolean | undefined,
): void {
  const facts = make('dl');
  const addFact = (name: string, value: string) =>
    facts.append(make('dt', name), make('dd', value));
  addFact('Route', routeSentence(route));
  addFact('Round trip', `${formatMilliseconds(roundTrip)}, without the server`);
  addFact('TURN', turnSentence(ice, turn));
  result.replaceChildren(make('h2', 'It works'), facts);
}

function showFailure(failure: CheckFailure): void {
  for (const step of STEP_NAMES) {
    if (step === failure.step) setState(step, 'failed', 'failed');
    else if (rows.get(step)?.dataset.state === 'running') setState(step, 'waiting');
  }
  const { headline, remedy } = adviceFor(failure);
  result.className = 'result failed';
  result.replaceChildren(
    make('h2', `Stopped at “${STEPS[failure.step].name}”`),
    make('p', headline),
    make('p', remedy, 'muted'),
  );
  if (failure.cause.kind === 'refused' && failure.cause.type === 'invalid-key') forgetAccessKey();
}

function routeSentence(route: Route | undefined): string {
  if (route === undefined) return 'Connected; this browser does not say how';
  const { local, remote, protocol } = route;
  const kind = [local, remote].includes('relay') ? 'relay' : local;
  const explanations: Readonly<Record<RTCIceCandidateType, string>> = {
    host: 'Direct, in one network',
    srflx: 'Direct, through the router',
    prflx: 'Direct, through the router',
    relay: 'Through a TURN server',
  };
  return `${explanations[kind]} (${kind} candidate, ${protocol.toUpperCase()})`;
}

function turnSentence(
  { hasTurn, isDegraded, source }: IceSetup,
  works: boolean | undefined,
): string {
  if (isDegraded) {
    return 'Configured, but the server gets no credentials for it now: see turn-unavailable in its log.';
  }
  if (works === true) return 'Configured, and it relays';
  if (hasTurn) {
    return 'Configured, but it relays nothing. Check its credentials, and that UDP and TCP reach it.';
  }
  return source === 'server'
    ? 'Not configured: the server hands out STUN only. Players behind a strict firewall need TURN.'
    : 'Not configured: STUN only. Players behind a strict firewall need TURN.';
}

function appendRow(step: Step): HTMLLIElement {
  const row = make('li');
  row.dataset.step = step;
  const text = make('div');
  text.append(make('strong', STEPS[step].name), make('span', STEPS[step].meaning, 'muted'));
  row.append(
    make('i', '', 'marker'),
    text,
    make('span', '', 'time'),
    make('span', '', 'visually-hidden'),
  );
  find('.marker', HTMLElement, row).ariaHidden = 'true';
  row.dataset.state = 'waiting';
  list.append(row);
  return row;
}

function setState(step: Step, state: StepState, time = ''): void {
  const row = rows.get(step);
  if (row === undefined) return;
  row.dataset.state = state;
  find('.time', HTMLElement, row).textContent = time;
  find('.visually-hidden', HTMLElement, row).textContent =
    state === 'failed' ? '' : STATE_LABELS[state];
}

function showSnippets(): void {
  for (const [name, path] of [
    ['realm', '/'],
    ['room', '/room/table-7'],
  ] as const) {
    find(`#${name}`, HTMLElement).textContent = snippet(pathHere(path), knownAccessKey());
  }
}

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-copy]')) {
  copyOnClick(button, () => find(`#${button.dataset.copy}`, HTMLElement).textContent ?? '');
}

function formatMilliseconds(value: number): string {
  if (value < 10) return `${value.toFixed(1)} ms`;
  return `${Math.round(value)} ms`;
}
