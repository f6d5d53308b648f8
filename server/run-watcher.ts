import type { Notifications, RunNotificationKind } from '../store/database/notifications.ts';

/** A wait for a run's next notification. The subscription begins when the wait is created; call `forget` when done. */
export interface RunWait {
  /** Resolves to the kind of the notification; to `nothing` after `ms` milliseconds, or when the server closes. */
  within(ms: number): Promise<RunNotificationKind | 'nothing'>;
  forget(): void;
}

interface Waiting {
  wanted: (change: RunNotificationKind) => boolean;
  resolve: (change: RunNotificationKind | 'nothing') => void;
}

/** Wakes requests that wait for a change of a run. They hold no database connection while they wait. */
export class RunWatcher {
  readonly #notifications: Notifications;
  readonly #waiting = new Map<string, Set<Waiting>>();
  readonly #unsubscribe: () => void;
  #released = false;
  #closed = false;

  constructor(notifications: Notifications) {
    this.#notifications = notifications;
    this.#unsubscribe = notifications.subscribe(({ projectId, runId, change }) => {
      for (const { wanted, resolve } of this.#waiting.get(`${projectId}/${runId}`) ?? []) if (wanted(change)) resolve(change);
    });
  }

  /** The server is about to close: requests that clients can repeat elsewhere no longer wait. */
  get released(): boolean {
    return this.#released;
  }

  /** The server is closing: all waits end. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How long to wait for a notification before polling again, in milliseconds. */
  get pollAfterMs(): number {
    return this.#notifications.pollAfterMs;
  }

  next(projectId: string, runId: string, wanted: (change: RunNotificationKind) => boolean = () => true): RunWait {
    const key = `${projectId}/${runId}`;
    const { promise, resolve } = Promise.withResolvers<RunNotificationKind | 'nothing'>();
    const ofRun = this.#waiting.get(key) ?? new Set();
    const waiting: Waiting = { wanted, resolve };
    this.#waiting.set(key, ofRun.add(waiting));
    if (this.#closed) resolve('nothing');
    let timer: NodeJS.Timeout | undefined;
    return {
      within: (ms) => {
        timer = setTimeout(resolve, ms, 'nothing');
        return promise;
      },
      forget: () => {
        clearTimeout(timer);
        ofRun.delete(waiting);
        if (ofRun.size === 0 && this.#waiting.get(key) === ofRun) this.#waiting.delete(key);
      },
    };
  }

  /** Wakes all waiting requests: long polls are answered, streams continue. */
  release(): void {
    this.#released = true;
    this.#wakeAll();
  }

  /** Wakes all waiting requests; later waits end at once. */
  close(): void {
    this.#released = true;
    this.#closed = true;
    this.#unsubscribe();
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const ofRun of this.#waiting.values()) for (const { resolve } of ofRun) resolve('nothing');
  }
}
