import 'uplot/dist/uPlot.min.css';
import './dashboard.css';
import type { Summary } from '../../src/metrics/formats.ts';
import { find, make } from '../shared/dom.ts';
import { keep, recall } from '../shared/tabMemory.ts';
import { Chart, minutes, type View } from './Chart.ts';
import { csvOf } from './csvOf.ts';
import { History, type Series } from './History.ts';
import { fetchHealth, type Health } from './health.ts';
import { LinkTable } from './LinkTable.ts';
import { fetchMetrics } from './metrics.ts';
import { RoomTable } from './RoomTable.ts';
import type { TimeRange } from './timeRange.ts';
import { totalsOf } from './totals.ts';

const REFRESH_MS = 5000;
/** Asking is a request to a coordinator. */
const HEALTH_MS = 60_000;
const STORED_TOKEN = 'admin-token';
const TITLE = document.title;

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
const percent = (share: number) => `${Math.round(share * 100)}%`;
const wholeChart = (title: string) =>
  new Chart(chartArea, { title, kind: 'whole', format: whole, onZoom: zoomTo });
const rateChart = (title: string) =>
  new Chart(chartArea, { title, kind: 'rate', format: short, onZoom: zoomTo });
const charts: Readonly<Record<Series, Chart>> = {
  rooms: wholeChart('Rooms'),
  peers: wholeChart('Peers'),
  messages: rateChart('Messages a second'),
  joins: rateChart('Joins a minute'),
  refusals: rateChart('Refusals a minute'),
  wakes: rateChart('Wakes a minute'),
  linked: new Chart(find('#link-chart', HTMLElement), {
    title: 'Attempts that connected',
    kind: 'share',
    format: percent,
    onZoom: zoomTo,
  }),
};
const QUARTER = { seconds: 900, name: '15 minutes' };
const HOUR = { seconds: 3600, name: 'hour' };
const rooms = new RoomTable();
const links = new LinkTable();
const history = new History();

let span = HOUR;
/** What somebody has zoomed to. */
let zoom: TimeRange | undefined;
let token = recall(STORED_TOKEN);
let timer: ReturnType<typeof setTimeout> | undefined;
let answeredAt: number | undefined;
let health: Health | undefined;
/** What the page shows, while the server answers. */
let shown: Summary | undefined;
let healthAskedAt = Number.NEGATIVE_INFINITY;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  token = input.value.trim();
  void refresh();
});
forgetButton.addEventListener('click', () => {
  keep(STORED_TOKEN, '');
  location.reload();
});
const spanButtons = [QUARTER, HOUR].map((it) => {
  const button = make('button', `Last ${it.name}`, 'small span');
  button.type = 'button';
  button.addEventListener('click', () => {
    span = it;
    zoomTo();
  });
  return { button, isPressed: () => zoom === undefined && span === it };
});
find('#spans', HTMLElement).prepend(...spanButtons.map(({ button }) => button));
const zoomed = find('#zoomed', HTMLButtonElement);
zoomed.addEventListener('click', () => {
  zoomTo();
  // This button is gone.
  spanButtons.find(({ isPressed }) => isPressed())?.button.focus();
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !(event.target instanceof HTMLInputElement)) zoomTo();
});
find('#csv', HTMLButtonElement).addEventListener('click', () => {
  const csv = csvOf(history.times, history.values, view().range);
  const link = make('a');
  link.href = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
  link.download = `peerjs-${new Date().toISOString().slice(0, 16).replace(':', '')}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
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
  if (answer.kind !== 'metrics') shown = undefined;
  switch (answer.kind) {
    case 'metrics':
      if (token !== '') keep(STORED_TOKEN, token);
      answeredAt = Date.now();
      void askForHealth(answeredAt);
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
      numbers.classList.add('stale');
      document.title = `No answer · ${TITLE}`;
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
  keep(STORED_TOKEN, '');
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
  const hadFocus = form.contains(document.activeElement);
  form.hidden = true;
  forgetButton.hidden = token === '';
  numbers.hidden = false;
  numbers.classList.remove('stale');
  // The form took it along.
  if (hadFocus) find('h1', HTMLElement).focus();
  document.title = TITLE;
  shown = metrics;
  showState(metrics);
  rooms.show(metrics.rooms);
  links.show(metrics.counters);
  drawCharts();
  find('#totals', HTMLElement).replaceChildren(...totalsOf(metrics));
}

/** The numbers do not wait for it. */
async function askForHealth(now: number): Promise<void> {
  if (now - healthAskedAt < HEALTH_MS) return;
  healthAskedAt = now;
  health = await fetchHealth();
  if (shown !== undefined) showState(shown);
}

function showState({ uptimeSeconds }: Summary): void {
  const version = health === undefined ? '' : ` Version ${health.version}.`;
  const trouble = health?.isHealthy === false ? 'Its rooms do not answer. ' : '';
  say(
    `${trouble}Up for ${duration(uptimeSeconds)}.${version} Refreshed every ${REFRESH_MS / 1000} seconds.`,
    trouble !== '',
  );
}

/** Shows a part of the time on all charts; without one, the last hour or less. */
function zoomTo(range?: TimeRange): void {
  zoom = range;
  drawCharts();
}

function view(): View {
  const last = history.times.at(-1) ?? 0;
  // In an hour, all that somebody has zoomed to is gone.
  if (zoom !== undefined && zoom.to < (history.times[0] ?? last)) zoom = undefined;
  if (zoom === undefined) {
    return { range: { from: last - span.seconds, to: last }, name: `in the last ${span.name}` };
  }
  return { range: zoom, name: `from ${nameOf(zoom)}` };
}

function nameOf({ from, to }: TimeRange): string {
  return `${minutes.format(from * 1000)} to ${minutes.format(to * 1000)}`;
}

function drawCharts(): void {
  const shown = view();
  for (const [series, chart] of Object.entries(charts) as [Series, Chart][]) {
    chart.show(history.times, history.values[series], shown);
  }
  for (const { button, isPressed } of spanButtons) button.ariaPressed = String(isPressed());
  zoomed.hidden = zoom === undefined;
  if (zoom === undefined) return;
  zoomed.textContent = nameOf(zoom);
  zoomed.ariaLabel = `${nameOf(zoom)}: end this zoom`;
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
