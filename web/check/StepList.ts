import { find, make } from '../shared/dom.ts';
import { formatMilliseconds } from './report.ts';
import { STEP_NAMES, STEPS, type Step, type StepResult, type StepState } from './steps.ts';

const STATE_LABELS: Readonly<Record<StepState, string>> = {
  waiting: '',
  running: 'in progress',
  done: 'done',
  warned: 'done, but see the note',
  failed: 'failed',
  skipped: 'does not apply here',
};

/** The steps as a list, each with its state and how long it took. */
export class StepList {
  readonly #rows: ReadonlyMap<Step, HTMLLIElement>;

  constructor(list: HTMLOListElement) {
    this.#rows = new Map(STEP_NAMES.map((step) => [step, rowFor(step)]));
    list.replaceChildren(...this.#rows.values());
  }

  clear(): void {
    for (const step of STEP_NAMES) this.show(step, { state: 'waiting' });
  }

  show(step: Step, { state, milliseconds, detail }: StepResult): void {
    const row = this.#rows.get(step);
    if (row === undefined) return;
    row.dataset.state = state;
    find('.detail', HTMLElement, row).textContent = detail ?? '';
    find('.time', HTMLElement, row).textContent = timeOf(state, milliseconds);
    // What `time` says already needs no second word.
    const isSaid = state === 'failed' || state === 'skipped';
    find('.visually-hidden', HTMLElement, row).textContent = isSaid ? '' : STATE_LABELS[state];
  }
}

function timeOf(state: StepState, milliseconds: number | undefined): string {
  if (state === 'failed') return 'failed';
  if (state === 'skipped') return 'not set up';
  return milliseconds === undefined ? '' : formatMilliseconds(milliseconds);
}

function rowFor(step: Step): HTMLLIElement {
  const row = make('li');
  row.dataset.step = step;
  row.dataset.state = 'waiting';
  const text = make('div');
  const { name, meaning } = STEPS[step];
  text.append(make('strong', name), make('span', meaning, 'muted'), make('span', '', 'detail'));
  const marker = make('i', '', 'marker');
  marker.ariaHidden = 'true';
  row.append(marker, text, make('span', '', 'time'), make('span', '', 'visually-hidden'));
  return row;
}
