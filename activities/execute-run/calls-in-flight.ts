import type { Store } from '../../store/open.ts';
import type { RunNotification } from '../../store/notifications.ts';
import { statusesOf } from '../../store/runs/read.ts';
import { showLife, SIGN_OF_LIFE_MS } from '../../store/runs/signs-of-life.ts';

/** Statuses in which nobody wants the answer of a model call any more. */
const OBSOLETE = new Set<RunNotification['change']>(['cancelling', 'cancelled', 'expired', 'failed', 'deleted']);

/** Why a model call was broken off. */
class CallAborted extends Error {
  override readonly name = 'CallAborted';
}

/** Between looks, which are also the signs of life of what this process holds: two may get lost. In milliseconds. */
const LONGEST_PAUSE_MS = SIGN_OF_LIFE_MS / 3;

/** setTimeout fires at once beyond this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface RunId {
  projectId: string;
  runId: string;
}

interface Call extends RunId {
  controller: AbortController;
}

/**
 * The model calls of this process, so that a cancel anywhere can break off the one it is about. Notices may not come, so as
 * long as there are calls the database is asked about all of them from time to time.
 */
export class CallsInFlight {
  readonly #store: Store;
  readonly #calls = new Set<Call>();
  #checkTimer: NodeJS.Timeout | undefined;

  constructor(store: Store) {
    this.#store = store;
    store.notifications.subscribe((notification) => {
      if (OBSOLETE.has(notification.change)) this.#abort(notification, notification.change);
    });
  }

  #abort({ projectId, runId }: RunId, status: string): void {
    for (const call of this.#calls) {
      if (call.runId === runId && call.projectId === projectId) call.controller.abort(new CallAborted(`The run is ${status}`));
    }
  }

  #scheduleCheck(): void {
    if (this.#checkTimer !== undefined || this.#calls.size === 0) return;
    this.#checkTimer = setTimeout(() => void this.#check(), Math.min(this.#store.notifications.rescanAfterMs, LONGEST_PAUSE_MS));
    this.#checkTimer.unref();
  }

  async #check(): Promise<void> {
    const asked = [...this.#calls];
    await showLife(this.#store, asked).catch(() => undefined);
    const found = await statusesOf(this.#store, asked).catch(() => []);
    for (const run of found) if (OBSOLETE.has(run.status)) this.#abort(run, run.status);
    this.#checkTimer = undefined;
    this.#scheduleCheck();
  }

  /**
   * Runs `work` with a signal that is aborted when nobody wants the run's answer any more, and at the time that `work` gives
   * to `expireAt`. Listening begins before `work` claims its turn, so a cancel right after the claim is heard too.
   */
  async track<T>(
    projectId: string,
    runId: string,
    work: (signal: AbortSignal, expireAt: (time: Date) => void) => Promise<T>,
  ): Promise<T> {
    const call: Call = { projectId, runId, controller: new AbortController() };
    this.#calls.add(call);
    this.#scheduleCheck();
    let timer: NodeJS.Timeout | undefined;
    const expire = (): void => call.controller.abort(new CallAborted('The run has expired'));
    const expireAt = (time: Date): void => {
      const { clock } = this.#store;
      // The database has the last word: asked too early it would say that the run goes on.
      const leftMs = time.getTime() - clock.now().getTime() + clock.uncertaintyMs();
      // Looks again then: the clock may have been corrected, and long times are waited for in parts.
      const look = (): void => (clock.now() < time ? expireAt(time) : expire());
      timer = setTimeout(look, Math.min(Math.max(0, leftMs), LONGEST_TIMER_MS));
    };
    try {
      return await work(call.controller.signal, expireAt);
    } finally {
      clearTimeout(timer);
      this.#calls.delete(call);
    }
  }
}
