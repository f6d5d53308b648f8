import { setTimeout as delay } from 'node:timers/promises';
import { TemporalUnreachableError } from '../contracts/temporal-unreachable.ts';
import { isDatabaseUnavailable } from '../store/unavailable.ts';
import type { Config } from './config.ts';
import { say } from './say.ts';
import { DatabaseUnreachableError } from './store.ts';

const PAUSE_MS = 500;

/** The process was asked to end while it still waited for what it needs: no failure of its own. */
export class EndedWhileWaitingError extends Error {
  override readonly name = 'EndedWhileWaitingError';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('Asked to end before it had started.');
    this.exitCode = exitCode;
  }
}

/** Whether time mends it: nobody answers yet, as opposed to: somebody answers, and refuses. */
function mayPass(error: unknown): boolean {
  if (error instanceof TemporalUnreachableError) return !error.refused;
  if (!(error instanceof DatabaseUnreachableError) || !(error.cause instanceof Error)) return false;
  return isDatabaseUnavailable(error.cause) || isDatabaseUnavailable(error.cause.cause);
}

/**
 * The start of a process that needs others, which may start later: what they refuse ends it at once, their silence only
 * after START_TIMEOUT, which counts for all of them together.
 */
export class StartWait {
  readonly #seconds: number;
  readonly #endMs: number;
  readonly #ended: Promise<never>;

  /**
   * `signal` settles when the process is to end, with `exitCode` then: 0 for one that runs until it is told to end; one that
   * has a work to do must not look as if it had done it.
   */
  constructor({ startTimeoutMs }: Config, signal: Promise<unknown>, exitCode = 0) {
    this.#seconds = startTimeoutMs / 1_000;
    this.#endMs = performance.now() + startTimeoutMs;
    this.#ended = signal.then(() => Promise.reject(new EndedWhileWaitingError(exitCode)));
    this.#ended.catch(() => undefined);
  }

  /**
   * What `attempt` gives, tried until it does.
   * @throws what the last attempt threw; {EndedWhileWaitingError}
   */
  async for<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    let waited = false;
    for (;;) {
      try {
        const opened = await Promise.race([attempt(), this.#ended]);
        if (waited) say(`${what} answers.`);
        return opened;
      } catch (error) {
        const leftMs = this.#endMs - performance.now();
        if (!mayPass(error) || leftMs <= 0) throw error;
        if (!waited) say(`${what} does not answer yet; waiting for it, up to ${this.#seconds} s (START_TIMEOUT).`);
        waited = true;
        await Promise.race([delay(Math.min(PAUSE_MS, leftMs)), this.#ended]);
      }
    }
  }
}
