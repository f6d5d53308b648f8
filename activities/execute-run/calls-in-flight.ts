import type { Notifications } from '../../store/notifications.ts';

/** Statuses in which nobody wants the answer of a model call any more. */
const UNWANTED = new Set(['cancelling', 'cancelled', 'expired', 'failed', 'deleted']);

/** Why a model call was broken off. */
class CallAborted extends Error {
  override readonly name = 'CallAborted';
}

/** setTimeout fires at once beyond this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The model calls of this process, so that a cancel anywhere can break off the one it is about. */
export class CallsInFlight {
  readonly #calls = new Map<string, Set<AbortController>>();

  constructor(notifications: Notifications) {
    notifications.subscribe(({ projectId, runId, status }) => {
      if (UNWANTED.has(status)) this.#abort(`${projectId}/${runId}`, `The run is ${status}`);
    });
  }

  #abort(key: string, why: string): void {
    for (const controller of this.#calls.get(key) ?? []) controller.abort(new CallAborted(why));
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
    const key = `${projectId}/${runId}`;
    const controller = new AbortController();
    const ofRun = this.#calls.get(key) ?? new Set();
    this.#calls.set(key, ofRun.add(controller));
    let timer: NodeJS.Timeout | undefined;
    const expireAt = (time: Date): void => {
      const left = Math.min(Math.max(0, time.getTime() - Date.now()), LONGEST_TIMER_MS);
      timer = setTimeout(() => controller.abort(new CallAborted('The run has expired')), left);
    };
    try {
      return await work(controller.signal, expireAt);
    } finally {
      clearTimeout(timer);
      ofRun.delete(controller);
      if (ofRun.size === 0 && this.#calls.get(key) === ofRun) this.#calls.delete(key);
    }
  }
}
