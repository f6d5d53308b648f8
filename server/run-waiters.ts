import type { Run } from '../schemas/run.ts';
import type { ProjectContext } from '../store/context.ts';
import type { Notifications } from '../store/notifications.ts';
import { retrieveRun } from '../store/runs/read.ts';

/** Statuses in which the server is at work, so that waiting makes sense. */
const WORKING = new Set<Run['status']>(['queued', 'in_progress', 'cancelling']);

/** Holds GETs of runs until something has changed. No database connection is held meanwhile. */
export class RunWaiters {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #notifications: Notifications;
  readonly #unsubscribe: () => void;
  #closed = false;

  constructor(notifications: Notifications) {
    this.#notifications = notifications;
    this.#unsubscribe = notifications.subscribe(({ projectId, runId, status }) => {
      if (!(WORKING as ReadonlySet<string>).has(status)) this.#wake(`${projectId}/${runId}`);
    });
  }

  #wake(key: string): void {
    for (const wake of this.#waiting.get(key) ?? []) wake();
  }

  /**
   * The run once it is out of the server's hands (requires_action or terminal), or as it is after `holdMs` milliseconds.
   * @throws {ApiError} 404
   */
  async settled(context: ProjectContext, threadId: string, runId: string, holdMs: number): Promise<Run> {
    const key = `${context.projectId}/${runId}`;
    const end = Date.now() + holdMs;
    for (;;) {
      // Listening begins before reading, so that no change falls in between.
      const change = this.#nextChange(key);
      try {
        const run = await retrieveRun(context, threadId, runId);
        const left = end - Date.now();
        if (!WORKING.has(run.status) || left <= 0 || this.#closed) return run;
        await change.within(Math.min(left, this.#notifications.rescanAfterMs));
      } finally {
        change.forget();
      }
    }
  }

  #nextChange(key: string): { within(ms: number): Promise<void>; forget(): void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ofRun = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, ofRun.add(resolve));
    let timer: NodeJS.Timeout | undefined;
    return {
      within: (ms) => {
        timer = setTimeout(resolve, ms);
        return promise;
      },
      forget: () => {
        clearTimeout(timer);
        ofRun.delete(resolve);
        if (ofRun.size === 0 && this.#waiting.get(key) === ofRun) this.#waiting.delete(key);
      },
    };
  }

  /** Lets all held GETs answer with what is known. */
  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    for (const key of this.#waiting.keys()) this.#wake(key);
  }
}
