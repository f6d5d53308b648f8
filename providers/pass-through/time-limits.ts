import { apiErrors } from '../../domain/api-error.ts';

/** Ends a call that is silent, or goes on, for too long. */
export class TimeLimits {
  readonly #late = new AbortController();
  readonly #idleMs: number;
  readonly #whole: NodeJS.Timeout;
  #silence: NodeJS.Timeout;

  /** In milliseconds. */
  constructor(idleMs: number, wholeMs: number) {
    this.#idleMs = idleMs;
    this.#whole = setTimeout(() => this.#late.abort(apiErrors.modelTimedOut('went on', wholeMs)), wholeMs);
    this.#silence = this.#listen();
  }

  /** Aborted with an {ApiError} once a limit has passed. */
  get signal(): AbortSignal {
    return this.#late.signal;
  }

  #listen(): NodeJS.Timeout {
    return setTimeout(() => this.#late.abort(apiErrors.modelTimedOut('was silent', this.#idleMs)), this.#idleMs);
  }

  /** Nothing is expected for now: what came is being passed on. */
  pause(): void {
    clearTimeout(this.#silence);
  }

  resume(): void {
    clearTimeout(this.#silence);
    this.#silence = this.#listen();
  }

  end(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#whole);
  }
}
