import { setTimeout as delay } from 'node:timers/promises';
import { TemporalUnreachableError } from '../temporal/unreachable.ts';
import { isDatabaseUnavailable } from '../store/database/unavailable.ts';
import type { Config } from '../programs/config.ts';
import { printLine } from './print.ts';
import { DatabaseUnreachableError } from '../programs/store.ts';

const PAUSE_MS = 500;

/** The process was asked to end while it was waiting for its dependencies. Not a failure of the process. */
export class EndedWhileWaitingError extends Error {
  override readonly name = 'EndedWhileWaitingError';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('Asked to end before it had started.');
    this.exitCode = exitCode;
  }
}

/** Whether waiting can help: the service does not answer yet. If it answers and refuses, waiting does not help. */
function isTemporary(error: unknown): boolean {
  if (error instanceof TemporalUnreachableError) return !error.refused;
  if (!(error instanceof DatabaseUnreachableError) || !(error.cause instanceof Error)) return false;
  return isDatabaseUnavailable(error.cause) || isDatabaseUnavailable(error.cause.cause);
}

/**
 * Waits at a process's start for the services that it needs, which may start later. A refusal ends the process at once; a service
 * that does not answer ends it after START_TIMEOUT, which covers all services together.
 */
export class StartWait {
  readonly #seconds: number;
  readonly #endMs: number;
  readonly #ended: Promise<never>;

  /**
   * `signal` settles when the process is to end. `exitCode`: its exit code in that case. 0 is for processes that run until they
   * are asked to end; a process that has a task to complete must not exit as if it had completed it.
   */
  constructor({ startTimeoutMs }: Config, signal: Promise<unknown>, exitCode = 0) {
    this.#seconds = startTimeoutMs / 1_000;
    this.#endMs = performance.now() + startTimeoutMs;
    this.#ended = signal.then(() => Promise.reject(new EndedWhileWaitingError(exitCode)));
    this.#ended.catch(() => undefined);
  }

  /**
   * Calls `attempt` until it succeeds, and returns its result.
   * @throws the error of the last attempt; {EndedWhileWaitingError}
   */
  async for<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    let waited = false;
    for (;;) {
      try {
        const opened = await Promise.race([attempt(), this.#ended]);
        if (waited) printLine(`${what} answers.`);
        return opened;
      } catch (error) {
        const leftMs = this.#endMs - performance.now();
        if (!isTemporary(error) || leftMs <= 0) throw error;
        if (!waited) printLine(`${what} does not answer yet; waiting for it, up to ${this.#seconds} s (START_TIMEOUT).`);
        waited = true;
        await Promise.race([delay(Math.min(PAUSE_MS, leftMs)), this.#ended]);
      }
    }
  }
}
