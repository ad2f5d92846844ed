import './validLanguage.ts';
import UPlot from 'uplot';
import { make } from '../shared/dom.ts';
import type { Values } from './History.ts';
import { lonelyPoints } from './lonelyPoints.ts';

const HEIGHT = 154;
/** The minimum seconds that a chart spans, so that the first points do not fill it. */
const MIN_SPAN = 300;
/** The distances of the lines of the time axis, in seconds. */
const TIME_STEPS = [60, 120, 300, 600, 900, 1800, 3600];
const WHOLE_STEPS = Array.from({ length: 12 }, (_, power) => 10 ** power).flatMap((power) => [
  power,
  2 * power,
  5 * power,
]);
/** A label that is nearer to the end of its axis would be cut off. */
const LABEL_MARGIN = 16;
/** All charts share one cursor. */
const CURSOR = 'dashboard';

const darkScheme = matchMedia('(prefers-color-scheme: dark)');
const printing = matchMedia('print');
const minutes = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** How far back charts show: so many seconds, and what a person calls them. */
export interface Span {
  readonly seconds: number;
  readonly name: string;
}

/** What a chart shows. */
interface Subject {
  readonly title: string;
  /** `whole` numbers have no lines between them. */
  readonly kind: 'whole' | 'rate';
  readonly format: (value: number) => string;
}

/** One number over time: its present value, and its line. */
export class Chart {
  readonly #subject: Subject;
  readonly #value = make('p', '–', 'value');
  readonly #peak = make('p', '', 'peak muted');
  readonly #box = make('div', '', 'plot');
  readonly #tip = make('div', '', 'tip');
  /** For a screen reader: what the keyboard has chosen. */
  readonly #spoken = make('p', '', 'visually-hidden');
  #plot: UPlot | undefined;
  #data: [number[], Values] = [[], []];
  /** The seconds that are shown. */
  #span = 0;

  constructor(parent: Element, subject: Subject) {
    this.#subject = subject;
    const figure = make('figure', '', 'card');
    const heading = make('div', '', 'heading');
    heading.append(make('h2', subject.title), this.#value, this.#peak);
    this.#spoken.role = 'status';
    figure.append(heading, this.#box, this.#spoken);
    this.#box.append(this.#tip);
    this.#box.role = 'img';
    this.#box.tabIndex = 0;
    this.#box.addEventListener('keydown', (event) => this.#moveCursor(event));
    this.#box.addEventListener('blur', () => this.#plot?.setCursor({ left: -10, top: -10 }));
    this.#tip.hidden = true;
    parent.append(figure);
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width > 0) this.#plot?.setSize({ width, height: HEIGHT });
    }).observe(this.#box);
    // The canvas keeps the colours with which it was drawn.
    for (const media of [darkScheme, printing]) {
      media.addEventListener('change', () => this.#redraw());
    }
  }

  /**
   * @param times seconds since the epoch, one for each value.
   * @param span how much of it is shown.
   */
  show(times: number[], values: Values, { seconds: span, name }: Span): void {
    this.#data = [times, values];
    this.#span = span;
    const { title, format } = this.#subject;
    const now = values.at(-1);
    const start = this.#start();
    const known = values.filter(
      (value, index): value is number => value !== null && (times[index] ?? 0) >= start,
    );
    this.#value.textContent = now === null || now === undefined ? '–' : format(now);
    const [most, least] = [Math.max(...known), Math.min(...known)].map(format);
    this.#peak.textContent = known.length === 0 ? '' : `at most ${most}`;
    this.#box.ariaLabel =
      known.length === 0
        ? `${title}: not known yet`
        : `${title} in the last ${name}: at most ${most}, at least ${least}`;
    if (this.#plot === undefined) this.#redraw();
    else this.#plot.setData(this.#data);
  }

  /** When what is shown begins, in seconds since the epoch. */
  #start(): number {
    return (this.#data[0].at(-1) ?? 0) - this.#span;
  }

  /** For the keyboard: the arrow keys go from point to point. */
  #moveCursor(event: KeyboardEvent): void {
    const plot = this.#plot;
    const [times] = this.#data;
    const last = times.length - 1;
    if (plot === undefined || last < 0) return;
    const first = times.findIndex((time) => time >= this.#start());
    const at = plot.cursor.idx ?? last + 1;
    const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: first, End: last }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const index = Math.min(Math.max(target, first), last);
    plot.setCursor({ left: plot.valToPos(times[index] ?? 0, 'x'), top: 10 });
    this.#spoken.textContent = this.#tip.textContent;
  }

  /** Shows the time under the cursor and what the value was then, or neither. */
  #showTip({ cursor: { idx, left = -1 }, over }: UPlot): void {
    const [times, values] = this.#data;
    const time = typeof idx === 'number' && left >= 0 ? times[idx] : undefined;
    this.#tip.hidden = time === undefined;
    if (time === undefined || typeof idx !== 'number') return;
    const value = values[idx];
    const known = value === null || value === undefined ? 'not known' : this.#subject.format(value);
    this.#tip.replaceChildren(make('strong', known), ` ${seconds.format(time * 1000)}`);
    const middle = over.offsetLeft + left - this.#tip.offsetWidth / 2;
    const space = this.#box.clientWidth - this.#tip.offsetWidth;
    this.#tip.style.left = `${Math.max(0, Math.min(middle, space))}px`;
  }

  #redraw(): void {
    const width = Math.floor(this.#box.clientWidth);
    if (width === 0) return;
    this.#plot?.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const { format, kind } = this.#subject;
    const axis = {
      stroke: colour('--muted'),
      font: '12px system-ui, sans-serif',
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    };
    this.#plot = new UPlot(
      {
        width,
        height: HEIGHT,
        padding: [26, 16, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: false, y: false },
          sync: { key: CURSOR },
          points: { size: 8 },
        },
        scales: {
          // Of a single point uPlot makes a whole day.
          x: {
            range: () => {
              const [times] = this.#data;
              const last = times.at(-1) ?? 0;
              const first = Math.min(times[0] ?? last, last - MIN_SPAN);
              return [Math.max(first, this.#start()), last];
            },
          },
          y: { range: (_, _min, max) => [0, Math.max(max * 1.15, 1)] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            space: 64,
            size: 26,
            incrs: TIME_STEPS,
            values: (plot, ticks) =>
              ticks.map((tick) => {
                // The element has no width yet when the first labels are made.
                const end = plot.bbox.width / devicePixelRatio;
                const isCut = plot.valToPos(tick, 'x') > end - LABEL_MARGIN;
                return isCut ? '' : minutes.format(tick * 1000);
              }),
          },
          {
            ...axis,
            size: 44,
            space: 36,
            ...(kind === 'whole' ? { incrs: WHOLE_STEPS } : {}),
            values: (_, ticks) => ticks.map((tick) => tick.toLocaleString('en')),
          },
        ],
        series: [
          {},
          {
            stroke: colour('--accent'),
            width: 2,
            fill: `color-mix(in srgb, ${colour('--accent')} 10%, transparent)`,
            value: (_, value) => format(value),
            // A line needs two points, so a lonely one is drawn as a dot.
            points: { show: false, filter: () => lonelyPoints(this.#data[1]) },
          },
        ],
        hooks: { setCursor: [(plot) => this.#showTip(plot)] },
      },
      this.#data,
      this.#box,
    );
  }
}
