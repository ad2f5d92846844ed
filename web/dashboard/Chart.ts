import UPlot from 'uplot';
import { make } from '../shared/dom.ts';
import type { Values } from './History.ts';

const HEIGHT = 132;
/** The minimum seconds that a chart spans, so that the first points do not fill it. */
const MIN_SPAN = 300;

const darkScheme = matchMedia('(prefers-color-scheme: dark)');
const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** One number over time: its present value, and its line. */
export class Chart {
  readonly #title: string;
  readonly #format: (value: number) => string;
  readonly #value = make('p', '–', 'value');
  readonly #box = make('div', '', 'plot');
  #plot: UPlot | undefined;
  #data: [number[], Values] = [[], []];

  constructor(parent: Element, title: string, format: (value: number) => string) {
    this.#title = title;
    this.#format = format;
    const figure = make('figure', '', 'card');
    figure.append(make('h2', title), this.#value, this.#box);
    this.#box.role = 'img';
    parent.append(figure);
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width > 0) this.#plot?.setSize({ width, height: HEIGHT });
    }).observe(this.#box);
    // The canvas keeps the colours with which it was drawn.
    darkScheme.addEventListener('change', () => this.#redraw());
  }

  /** @param times seconds since the epoch, one for each value. */
  show(times: number[], values: Values): void {
    this.#data = [times, values];
    const now = values.at(-1);
    const known = values.filter((value) => value !== null);
    this.#value.textContent = now === null || now === undefined ? '–' : this.#format(now);
    this.#box.ariaLabel =
      known.length === 0
        ? `${this.#title}: not known yet`
        : `${this.#title} since this page was opened: at most ${this.#format(Math.max(...known))}, at least ${this.#format(Math.min(...known))}`;
    if (this.#plot === undefined) this.#redraw();
    else this.#plot.setData(this.#data);
  }

  #redraw(): void {
    const width = Math.floor(this.#box.clientWidth);
    if (width === 0) return;
    this.#plot?.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
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
        padding: [8, 20, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { range: (_, min, max) => [Math.min(min, max - MIN_SPAN), max] },
          y: { range: (_, _min, max) => [0, Math.max(max * 1.15, 1)] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            space: 80,
            size: 26,
            values: (_, ticks) => ticks.map((tick) => timeFormat.format(tick * 1000)),
          },
          {
            ...axis,
            size: 44,
            space: 40,
            values: (_, ticks) => ticks.map((tick) => tick.toLocaleString('en')),
          },
        ],
        series: [
          {},
          {
            stroke: colour('--accent'),
            width: 2,
            fill: `color-mix(in srgb, ${colour('--accent')} 10%, transparent)`,
            // A line needs two points, so a single one is drawn as a dot.
            points: { show: (_, __, first, last) => last - first < 1 },
          },
        ],
      },
      this.#data,
      this.#box,
    );
  }
}
