import './validLanguage.ts';
import UPlot from 'uplot';
import { make } from '../shared/dom.ts';
import type { Values } from './History.ts';
import { lonelyPoints } from './lonelyPoints.ts';
import { rangeBetween, scaled, type TimeRange } from './timeRange.ts';

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
/** A label that is nearer to an end of its axis would be cut off, or stand in the other axis. */
const LABEL_MARGIN = 16;
/** All charts share one cursor. */
const CURSOR = 'dashboard';

const darkScheme = matchMedia('(prefers-color-scheme: dark)');
const printing = matchMedia('print');
/** The time of day, as labels have it. */
export const minutes = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** What all charts show now. */
export interface View {
  readonly range: TimeRange;
  /** What a person calls it, such as `in the last hour`. */
  readonly name: string;
}

/** What a chart shows. */
interface Subject {
  readonly title: string;
  /** `whole` numbers have no lines between them, and a `share` is 1 at most. */
  readonly kind: 'whole' | 'rate' | 'share';
  readonly format: (value: number) => string;
  /** Called when somebody wants another part of the time; without a range for all of it. */
  readonly onZoom: (range?: TimeRange) => void;
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
  #range: TimeRange = { from: 0, to: 0 };
  /** Whether the pointer drags over this chart. All others draw the selection, too. */
  #isDragged = false;

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
    this.#box.addEventListener('keydown', (event) => this.#useKey(event));
    this.#box.addEventListener('mousedown', () => {
      this.#isDragged = true;
    });
    this.#box.addEventListener('dblclick', () => this.#subject.onZoom());
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

  /** @param times seconds since the epoch, one for each value. */
  show(times: number[], values: Values, { range, name }: View): void {
    this.#data = [times, values];
    this.#range = range;
    const { title, format, kind } = this.#subject;
    const now = values.at(-1);
    const [first, last] = this.#shown();
    const known = values.slice(first, last + 1).filter((value): value is number => value !== null);
    this.#value.textContent = now === null || now === undefined ? '–' : format(now);
    const [most, least] = [Math.max(...known), Math.min(...known)].map(format);
    const extreme = kind === 'share' ? `at least ${least}` : `at most ${most}`;
    this.#peak.textContent = known.length === 0 ? '' : extreme;
    this.#box.ariaLabel =
      known.length === 0
        ? `${title}: not known yet`
        : `${title} ${name}: at most ${most}, at least ${least}`;
    if (this.#plot === undefined) this.#redraw();
    else this.#plot.setData(this.#data);
  }

  /** The first and the last point that are shown. */
  #shown(): [first: number, last: number] {
    const [times] = this.#data;
    const { from, to } = this.#range;
    return [times.findIndex((time) => time >= from), times.findLastIndex((time) => time <= to)];
  }

  /** For the keyboard: the arrow keys go from point to point, and + and - zoom where they are. */
  #useKey(event: KeyboardEvent): void {
    const plot = this.#plot;
    const [times] = this.#data;
    const [first, last] = this.#shown();
    if (plot === undefined || first < 0 || last < first) return;
    const factor = { '+': 0.5, '=': 0.5, '-': 2 }[event.key];
    if (factor !== undefined) {
      const { from, to } = this.#range;
      const at = times[plot.cursor.idx ?? -1] ?? (from + to) / 2;
      this.#subject.onZoom(scaled(this.#range, factor, at, this.#known()));
      return;
    }
    const at = plot.cursor.idx ?? last + 1;
    const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: first, End: last }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const index = Math.min(Math.max(target, first), last);
    plot.setCursor({ left: plot.valToPos(times[index] ?? 0, 'x'), top: 10 });
    this.#spoken.textContent = this.#tip.textContent;
  }

  #known(): TimeRange {
    const [times] = this.#data;
    return { from: times[0] ?? 0, to: times.at(-1) ?? 0 };
  }

  /** What was dragged over becomes the range of all charts. */
  #zoomToSelection(plot: UPlot): void {
    const { left, width } = plot.select;
    if (width === 0) return;
    const [from, to] = [left, left + width].map((x) => plot.posToVal(x, 'x'));
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (!this.#isDragged || from === undefined || to === undefined) return;
    this.#isDragged = false;
    // The other charts have their turn with the end of the drag first.
    queueMicrotask(() => this.#subject.onZoom(rangeBetween(from, to, this.#known())));
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
          drag: { x: true, y: false, setScale: false, dist: 5 },
          bind: { dblclick: () => () => null },
          sync: { key: CURSOR },
          points: { size: 8 },
        },
        scales: {
          // Of a single point uPlot makes a whole day.
          x: {
            range: () => {
              const { from, to } = this.#range;
              const [first = to] = this.#data[0];
              return [Math.max(from, Math.min(first, to - MIN_SPAN)), to];
            },
          },
          y: { range: (_, _min, max) => [0, kind === 'share' ? 1.15 : Math.max(max * 1.15, 1)] },
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
                const at = plot.valToPos(tick, 'x');
                const isWhole = at >= LABEL_MARGIN && at <= end - LABEL_MARGIN;
                return isWhole ? minutes.format(tick * 1000) : '';
              }),
          },
          {
            ...axis,
            size: 44,
            space: 24,
            ...(kind === 'rate' ? {} : { incrs: kind === 'whole' ? WHOLE_STEPS : [0.5] }),
            values: (_, ticks) =>
              ticks.map((tick) => (kind === 'share' ? format(tick) : tick.toLocaleString('en'))),
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
        hooks: {
          setCursor: [(plot) => this.#showTip(plot)],
          setSelect: [(plot) => this.#zoomToSelection(plot)],
        },
      },
      this.#data,
      this.#box,
    );
  }
}
