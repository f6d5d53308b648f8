import type { RunStatus } from '../schemas/run.ts';

/** The channel of NOTIFY for changes of runs. */
export const RUN_CHANNEL = 'run_changed';

export interface RunNotice {
  projectId: string;
  runId: string;
  status: RunStatus | 'deleted';
  /** When the transaction that changed the run began, in Unix milliseconds. */
  atMs: number;
}

/**
 * A process' ear for changes of runs. Notices may be lost (a dropped connection, a pooler without LISTEN), so whoever waits
 * for one also looks again from time to time.
 */
export interface Notifications {
  /** Calls `listener` for every notice until the returned function is called. */
  subscribe(listener: (notice: RunNotice) => void): () => void;
  /** How long to wait for a notice before looking again, in milliseconds. */
  readonly rescanAfterMs: number;
}

/** Fans out notices of one database connection to this process' listeners. */
export class NotificationHub implements Notifications {
  /** Shorter where notices do not come. */
  rescanAfterMs: number;
  readonly #listeners = new Set<(notice: RunNotice) => void>();

  constructor(rescanAfterMs: number) {
    this.rescanAfterMs = rescanAfterMs;
  }

  subscribe(listener: (notice: RunNotice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes a payload as it came from the database. */
  receive(payload: string): void {
    const notice = JSON.parse(payload) as RunNotice;
    for (const listener of this.#listeners) listener(notice);
  }
}
