import type { Store } from '../../store/database/open.ts';
import type { RunNotification } from '../../store/database/notifications.ts';
import { statusesOf } from '../../store/runs/read.ts';
import { writeSignsOfLife, SIGN_OF_LIFE_MS } from '../../store/runs/signs-of-life.ts';

/** Statuses in which what an attempt brings is no longer needed. */
const OBSOLETE = new Set<RunNotification['change']>(['cancelling', 'cancelled', 'expired', 'failed', 'deleted']);

/** The reason why an attempt was aborted. */
class AttemptAborted extends Error {
  override readonly name = 'AttemptAborted';
}

/**
 * The longest pause between checks, in milliseconds. A check also writes signs of life for the runs of this process; one in a
 * row may get lost.
 */
const LONGEST_PAUSE_MS = SIGN_OF_LIFE_MS / 3;

/** The longest delay of setTimeout, in milliseconds. Beyond it the timer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface RunId {
  projectId: string;
  runId: string;
}

interface Attempt extends RunId {
  controller: AbortController;
}

/**
 * The attempts of this process, at turns and at calls of built-in tools, so that a cancel in any process can abort the attempt
 * that it concerns. Notifications may be lost, so while there are attempts, the statuses of their runs are polled.
 */
export class AttemptsInFlight {
  readonly #store: Store;
  readonly #attempts = new Set<Attempt>();
  #checkTimer: NodeJS.Timeout | undefined;

  constructor(store: Store) {
    this.#store = store;
    store.notifications.subscribe((notification) => {
      if (OBSOLETE.has(notification.change)) this.#abort(notification, notification.change);
    });
  }

  #abort({ projectId, runId }: RunId, status: string): void {
    for (const attempt of this.#attempts) {
      if (attempt.runId === runId && attempt.projectId === projectId)
        attempt.controller.abort(new AttemptAborted(`The run is ${status}`));
    }
  }

  #scheduleCheck(): void {
    if (this.#checkTimer !== undefined || this.#attempts.size === 0) return;
    this.#checkTimer = setTimeout(() => void this.#check(), Math.min(this.#store.notifications.pollAfterMs, LONGEST_PAUSE_MS));
    this.#checkTimer.unref();
  }

  async #check(): Promise<void> {
    const attempts = [...this.#attempts];
    await writeSignsOfLife(this.#store, attempts).catch(() => undefined);
    const found = await statusesOf(this.#store, attempts).catch(() => []);
    for (const run of found) if (OBSOLETE.has(run.status)) this.#abort(run, run.status);
    this.#checkTimer = undefined;
    this.#scheduleCheck();
  }

  /**
   * Runs `work` with a signal that is aborted when the run's answer is no longer needed, and at the time that `work` passes to
   * `expireAt`. The attempt is registered before `work` claims anything, so that a cancel right after the claim is not missed.
   */
  async track<T>(
    projectId: string,
    runId: string,
    work: (signal: AbortSignal, expireAt: (time: Date) => void) => Promise<T>,
  ): Promise<T> {
    const attempt: Attempt = { projectId, runId, controller: new AbortController() };
    this.#attempts.add(attempt);
    this.#scheduleCheck();
    let timer: NodeJS.Timeout | undefined;
    const expire = (): void => attempt.controller.abort(new AttemptAborted('The run has expired'));
    const expireAt = (time: Date): void => {
      const { clock } = this.#store;
      // The database decides whether the run is overdue. If it were asked too early, it would say that the run goes on.
      const leftMs = time.getTime() - clock.now().getTime() + clock.uncertaintyMs();
      // Check again then: the clock may have been corrected, and long times are waited for in parts.
      const check = (): void => (clock.now() < time ? expireAt(time) : expire());
      timer = setTimeout(check, Math.min(Math.max(0, leftMs), LONGEST_TIMER_MS));
    };
    try {
      return await work(attempt.controller.signal, expireAt);
    } finally {
      clearTimeout(timer);
      this.#attempts.delete(attempt);
    }
  }
}
