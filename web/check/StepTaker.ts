import { messageOf } from './probes.ts';
import { noResults, STEPS, type Step, type StepResult, type StepResults } from './steps.ts';

/** Why a check ended early, at a step that all later ones need. */
export interface CheckFailure {
  readonly step: Step;
  readonly cause: FailureCause;
}

export type FailureCause =
  | { readonly kind: 'timeout' }
  | { readonly kind: 'no-webrtc' }
  | { readonly kind: 'no-address' }
  | { readonly kind: 'http'; readonly message: string }
  /** The server refused. `type` is its reason for programs, if it gave one. */
  | { readonly kind: 'refused'; readonly type: string; readonly message: string }
  | { readonly kind: 'socket-closed'; readonly code: number }
  | { readonly kind: 'no-route' }
  | { readonly kind: 'peer'; readonly message: string };

/** A step that all later ones need has failed. */
export class StepFailed extends Error {
  readonly failure: CheckFailure;
  constructor(failure: CheckFailure) {
    super(failure.step);
    this.failure = failure;
  }
}

/** Takes the steps of a check, one after the other, and notes how each ends. */
export class StepTaker {
  readonly #results = noResults();
  readonly #onStep: (step: Step, result: StepResult) => void;
  readonly #failed: Promise<FailureCause>;
  #fail = (_: FailureCause) => {};

  constructor(onStep: (step: Step, result: StepResult) => void) {
    this.#onStep = onStep;
    this.#failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  get results(): StepResults {
    return this.#results;
  }

  note(step: Step, result: StepResult): void {
    this.#results[step] = result;
    this.#onStep(step, result);
  }

  /** Fails the step that is being taken, or else the next one. */
  fail(cause: FailureCause): void {
    this.#fail(cause);
  }

  /**
   * Waits for a step, for as long as a player would, and notes how long it took.
   *
   * @throws {StepFailed} if it fails or takes too long.
   */
  async take<T>(
    step: Step,
    work: Promise<T> | (() => Promise<T>),
    detail?: (value: T) => Partial<StepResult>,
  ): Promise<T> {
    this.note(step, { state: 'running' });
    const start = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<FailureCause>((resolve) => {
      timer = setTimeout(resolve, STEPS[step].patience, { kind: 'timeout' });
    });
    try {
      const value = typeof work === 'function' ? work() : work;
      const outcome = await Promise.race([
        value.then(
          (it) => ({ value: it }),
          (error: unknown) => ({ cause: { kind: 'peer', message: messageOf(error) } as const }),
        ),
        Promise.race([this.#failed, late]).then((cause) => ({ cause })),
      ]);
      if ('cause' in outcome) throw new StepFailed({ step, cause: outcome.cause });
      const milliseconds = performance.now() - start;
      this.note(step, { state: 'done', milliseconds, ...detail?.(outcome.value) });
      return outcome.value;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Notes a failure, and that no step is running any more. */
  noteFailure({ step }: CheckFailure): void {
    this.note(step, { state: 'failed' });
    for (const [other, { state }] of Object.entries(this.#results) as [Step, StepResult][]) {
      if (state === 'running') this.note(other, { state: 'waiting' });
    }
  }
}
