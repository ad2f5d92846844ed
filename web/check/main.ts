import './check.css';
import { accessKey, forgetAccessKey, knownAccessKey } from '../shared/accessKey.ts';
import { copyOnClick } from '../shared/copyButton.ts';
import { find, make } from '../shared/dom.ts';
import { fetchIceSetup } from '../shared/iceServers.ts';
import { randomName } from '../shared/randomName.ts';
import { pathHere, peerOptions } from '../shared/server.ts';
import { type Verdict, verdictOf } from './advice.ts';
import { type CheckOutcome, checkConnection } from './checkConnection.ts';
import { offerFriendTest } from './friendCard.ts';
import { messageOf } from './probes.ts';
import { formatMilliseconds, reportOf } from './report.ts';
import { routeSentence } from './route.ts';
import { StepList } from './StepList.ts';
import { snippet } from './snippets.ts';

const runButton = find('#run', HTMLButtonElement);
const copyButton = find('#copy-report', HTMLButtonElement);
const result = find('#result', HTMLElement);
const tokenForm = find('#signed-token', HTMLFormElement);
const tokenInput = find('#token-input', HTMLInputElement);
const list = new StepList(find('#steps', HTMLOListElement));

let report = '';
/** A signed token, which stays in the memory of this page. */
let token: string | undefined;

showSnippets();
result.replaceChildren(make('p', 'It takes a few seconds and stores nothing.', 'muted'));
runButton.addEventListener('click', () => void run());
copyOnClick(copyButton, () => report);
tokenForm.addEventListener('submit', (event) => {
  event.preventDefault();
  token = tokenInput.value.trim();
  void run();
});
offerFriendTest(() => token);
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-copy]')) {
  copyOnClick(button, () => find(`#${button.dataset.copy}`, HTMLElement).textContent ?? '');
  button.disabled = false;
}
runButton.disabled = false;

async function run(): Promise<void> {
  runButton.disabled = true;
  copyButton.hidden = true;
  tokenForm.hidden = true;
  try {
    const key = await accessKey();
    showSnippets();
    await runWith(key);
  } catch (error) {
    result.replaceChildren(
      make('h2', 'The check broke off'),
      make(
        'p',
        `Its script says: ${messageOf(error)}. Load this page again, or try a newer browser.`,
      ),
    );
    result.className = 'result failed';
  } finally {
    runButton.disabled = false;
    runButton.textContent = 'Run it again';
    // A disabled button loses the focus. A user who has moved on keeps it elsewhere.
    if (document.activeElement === document.body) runButton.focus();
  }
}

async function runWith(key: string): Promise<void> {
  runButton.textContent = 'Checking';
  list.clear();
  result.replaceChildren(make('p', 'Checking', 'muted'));
  result.className = 'result';

  const room = `check-${randomName(10)}`;
  const options = peerOptions(room, key, []);
  const outcome = await checkConnection(
    token === undefined ? options : { ...options, token },
    () => fetchIceSetup(room, key, token),
    (step, it) => list.show(step, it),
  );
  const verdict = verdictOf(outcome);
  show(outcome, verdict);
  report = reportOf(outcome, verdict, {
    server: `${location.origin}${pathHere('/')}`,
    browser: navigator.userAgent,
    time: new Date(),
    isSecure: isSecureContext,
  });
  copyButton.hidden = false;

  const { failure } = outcome;
  if (failure?.cause.kind !== 'refused') return;
  if (failure.cause.type === 'invalid-key') {
    forgetAccessKey();
    showSnippets();
  }
  if (failure.cause.type === 'invalid-token') {
    tokenForm.hidden = false;
    tokenInput.focus();
  }
}

function show({ results, route, failure }: CheckOutcome, { kind, title, advice }: Verdict): void {
  result.className = `result ${kind}`;
  result.replaceChildren(make('h2', title));
  for (const { headline, remedy } of advice) {
    const item = make('div', '', 'advice');
    item.append(make('p', headline), make('p', remedy, 'muted'));
    result.append(item);
  }
  if (failure !== undefined) return;
  const facts = make('dl');
  const addFact = (name: string, value: string) =>
    facts.append(make('dt', name), make('dd', value));
  const milliseconds = (value: number | undefined) =>
    value === undefined ? 'not known' : formatMilliseconds(value);
  addFact('To the server and back', milliseconds(results.server.milliseconds));
  addFact('Two players in this page', routeSentence(route));
  result.append(facts);
}

function showSnippets(): void {
  for (const [name, path] of [
    ['realm', '/'],
    ['room', '/room/table-7'],
  ] as const) {
    find(`#${name}`, HTMLElement).textContent = snippet(pathHere(path), knownAccessKey());
  }
}
