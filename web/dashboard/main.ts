import 'uplot/dist/uPlot.min.css';
import './dashboard.css';
import type { Place } from '../../src/metrics/Collection.ts';
import type { Summary } from '../../src/metrics/formats.ts';
import { find, make } from '../shared/dom.ts';
import { Chart } from './Chart.ts';
import { History, type Series } from './History.ts';
import { fetchMetrics, total } from './metrics.ts';

const REFRESH_MS = 5000;
/** One hour. */
const POINTS = 720;
const MAX_ROOMS = 200;
const MAX_NAMES = 8;
const STORED_TOKEN = 'admin-token';

const status = find('#status', HTMLElement);
const form = find('#login', HTMLFormElement);
const input = find('#token-input', HTMLInputElement);
const loginNote = find('#login-note', HTMLElement);
const forgetButton = find('#forget', HTMLButtonElement);
const numbers = find('#numbers', HTMLElement);
const chartArea = find('#charts', HTMLElement);

const whole = (value: number) => Math.round(value).toLocaleString('en');
const short = (value: number) =>
  value < 10 ? Number(value.toFixed(1)).toLocaleString('en') : whole(value);
const charts: Readonly<Record<Series, Chart>> = {
  rooms: new Chart(chartArea, 'Rooms', whole),
  peers: new Chart(chartArea, 'Peers', whole),
  messages: new Chart(chartArea, 'Messages a second', short),
  joins: new Chart(chartArea, 'Joins a minute', short),
  refusals: new Chart(chartArea, 'Refusals a minute', short),
  wakes: new Chart(chartArea, 'Wakes a minute', short),
};
const history = new History(POINTS);

let token = sessionStorage.getItem(STORED_TOKEN) ?? '';
let timer: ReturnType<typeof setTimeout> | undefined;
let answeredAt: number | undefined;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  token = input.value.trim();
  void refresh();
});
forgetButton.addEventListener('click', () => {
  sessionStorage.removeItem(STORED_TOKEN);
  location.reload();
});
// Nobody looks at a hidden tab, and each refresh is work for the server.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) clearTimeout(timer);
  else if (form.hidden) void refresh();
});
await refresh();

async function refresh(): Promise<void> {
  clearTimeout(timer);
  const answer = await fetchMetrics(token);
  switch (answer.kind) {
    case 'metrics':
      if (token !== '') sessionStorage.setItem(STORED_TOKEN, token);
      answeredAt = Date.now();
      history.add(answer.metrics, answeredAt);
      show(answer.metrics);
      break;
    case 'unauthorized':
      askForToken();
      return;
    case 'closed':
      say(`This server shows its metrics to nobody. ${answer.reason}.`);
      return;
    case 'away':
      if (answeredAt !== undefined) history.addGap(Date.now());
      drawCharts();
      say(
        answeredAt === undefined
          ? 'The server does not answer. This page keeps asking.'
          : `The server has not answered since ${timeOfDay(answeredAt)}. This page keeps asking.`,
        true,
      );
      break;
    default:
      answer satisfies never;
  }
  if (!document.hidden) timer = setTimeout(() => void refresh(), REFRESH_MS);
}

function askForToken(): void {
  const isWrong = token !== '';
  token = '';
  sessionStorage.removeItem(STORED_TOKEN);
  numbers.hidden = true;
  forgetButton.hidden = true;
  form.hidden = false;
  say('An admin token is needed.');
  loginNote.textContent = isWrong
    ? 'The server does not accept this token. It is the value of the secret ADMIN_TOKEN.'
    : 'The value of the secret ADMIN_TOKEN. It stays in this tab.';
  loginNote.classList.toggle('wrong', isWrong);
  input.ariaInvalid = String(isWrong);
  input.value = '';
  input.focus();
}

function show(metrics: Summary): void {
  form.hidden = true;
  forgetButton.hidden = token === '';
  numbers.hidden = false;
  say(`Up for ${duration(metrics.uptimeSeconds)}. Refreshed every ${REFRESH_MS / 1000} seconds.`);
  drawCharts();
  showRooms(metrics.rooms);
  showTotals(metrics);
}

function drawCharts(): void {
  for (const [series, chart] of Object.entries(charts) as [Series, Chart][]) {
    chart.show(history.times, history.values[series]);
  }
}

function showRooms(rooms: readonly Place[]): void {
  const sorted = rooms.toSorted(
    (a, b) => b.peerCount - a.peerCount || a.name.localeCompare(b.name),
  );
  const rows = sorted.slice(0, MAX_ROOMS).map(({ name, peers, peerCount }) => {
    const row = make('tr');
    const place = make('th', '', 'mono');
    place.scope = 'row';
    place.textContent = name === '' ? '(hidden)' : name;
    const shown = peers.slice(0, MAX_NAMES).map(shortened);
    const others = peerCount - shown.length;
    const who = `${shown.join(', ')}${others > 0 ? ` and ${whole(others)} more` : ''}`;
    const cell = make('td', who, 'who mono');
    cell.title = peers.join(', ');
    row.append(place, make('td', whole(peerCount), 'number'), cell);
    return row;
  });
  find('#rooms', HTMLElement).replaceChildren(...rows);
  const hidden = rooms.length - rows.length;
  find('#rooms-note', HTMLElement).textContent =
    rooms.length === 0 ? 'Nobody is connected.' : hidden > 0 ? `And ${whole(hidden)} more.` : '';
  if (rooms.some(({ name }) => name === '')) {
    find('#rooms-note', HTMLElement).textContent +=
      ' Names are shown with an ADMIN_TOKEN, or on the machine itself.';
  }
}

/** An id from the server has 36 characters; the first eight are enough to distinguish it. */
function shortened(id: string): string {
  return id.length > 20 ? `${id.slice(0, 8)}…` : id;
}

function showTotals({ counters }: Summary): void {
  const { offer, answer } = counters.handshakes;
  const answered = offer === 0 ? '' : ` (${Math.round((answer / offer) * 100)}%)`;
  const facts: [string, string][] = [
    ['Joins', whole(counters.connections)],
    ['Messages relayed', whole(total(counters.relayed))],
    ['Handshakes offered', whole(offer)],
    ['Handshakes answered', `${whole(answer)}${answered}`],
    ['Messages expired', whole(counters.expired)],
    ['Takeovers', whole(counters.takeovers)],
    ['Wakes', whole(counters.wakes)],
    ['Refusals', whole(total(counters.refusals))],
    ...Object.entries(counters.refusals)
      .filter(([, count]) => count > 0)
      .map(([reason, count]): [string, string] => [`– ${reason}`, whole(count)]),
  ];
  find('#totals', HTMLElement).replaceChildren(
    ...facts.map(([name, value]) => {
      const row = make('div');
      row.append(make('dt', name), make('dd', value));
      return row;
    }),
  );
}

function say(sentence: string, isTrouble = false): void {
  if (status.textContent !== sentence) status.textContent = sentence;
  status.classList.toggle('wrong', isTrouble);
}

function timeOfDay(time: number): string {
  return new Date(time).toLocaleTimeString();
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}
