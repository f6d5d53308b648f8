/** Limits in milliseconds, and the errors of exceeding them. */
export interface TimeLimitsOptions {
  idleMs: number;
  answerMs: number;
  silent: (afterMs: number) => Error;
  tooLong: (afterMs: number) => Error;
}

/** Aborts a call that is silent for too long, or takes too long. */
export class TimeLimits {
  readonly #timeout = new AbortController();
  readonly #limits: TimeLimitsOptions;
  readonly #answerTimer: NodeJS.Timeout;
  #idleTimer: NodeJS.Timeout;

  constructor(limits: TimeLimitsOptions) {
    this.#limits = limits;
    const { answerMs, tooLong } = limits;
    this.#answerTimer = setTimeout(() => this.#timeout.abort(tooLong(answerMs)), answerMs);
    this.#idleTimer = this.#startIdleTimer();
  }

  /** Aborted with the limit's error when it is exceeded. */
  get signal(): AbortSignal {
    return this.#timeout.signal;
  }

  #startIdleTimer(): NodeJS.Timeout {
    const { idleMs, silent } = this.#limits;
    return setTimeout(() => this.#timeout.abort(silent(idleMs)), idleMs);
  }

  /** Suspends the idle limit while a part is being passed on. */
  pause(): void {
    clearTimeout(this.#idleTimer);
  }

  /** Something has arrived: the idle limit starts anew. */
  touch(): void {
    this.#idleTimer.refresh();
  }

  resume(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = this.#startIdleTimer();
  }

  end(): void {
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#answerTimer);
  }
}
