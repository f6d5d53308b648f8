import { apiErrors } from '../../domain/api-errors.ts';

/** Aborts a call that is silent for too long, or takes too long. */
export class TimeLimits {
  readonly #timeout = new AbortController();
  readonly #idleMs: number;
  readonly #answerTimer: NodeJS.Timeout;
  #idleTimer: NodeJS.Timeout;

  /** Both in milliseconds. */
  constructor(idleMs: number, wholeMs: number) {
    this.#idleMs = idleMs;
    this.#answerTimer = setTimeout(() => this.#timeout.abort(apiErrors.modelTimedOut('went on', wholeMs)), wholeMs);
    this.#idleTimer = this.#startIdleTimer();
  }

  /** Aborted with an {ApiError} when a limit is exceeded. */
  get signal(): AbortSignal {
    return this.#timeout.signal;
  }

  #startIdleTimer(): NodeJS.Timeout {
    return setTimeout(() => this.#timeout.abort(apiErrors.modelTimedOut('was silent', this.#idleMs)), this.#idleMs);
  }

  /** Suspends the idle limit while a part is being passed on. */
  pause(): void {
    clearTimeout(this.#idleTimer);
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
