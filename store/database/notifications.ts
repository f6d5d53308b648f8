import { utf8Length } from '../../contracts/utf8-length.ts';
import type { RunStatus } from '../../schemas/run.ts';

/** The NOTIFY channel for changes of runs. */
export const RUN_CHANNEL = 'run_changed';

/** What happened to a run: its new status; `deleted`; `written`: events of a turn; `followed`: a client reads its stream. */
export type RunNotificationKind = RunStatus | 'deleted' | 'written' | 'followed';

export interface RunNotification {
  projectId: string;
  runId: string;
  change: RunNotificationKind;
  /** When the transaction that changed the run began, in Unix milliseconds. */
  atMs: number;
}

/** `written` for many runs in one notification: models send deltas often, and for many runs at once. */
interface WrittenNotification {
  atMs: number;
  /** Run ids by project. */
  written: Record<string, string[]>;
}

/** The most bytes of a payload. Postgres refuses one of 8,000 bytes. */
const PAYLOAD_BYTES = 7_000;

/** Payloads for runs whose events were written, each short enough to be sent. */
export function writtenPayloads(runs: readonly { projectId: string; runId: string }[], at: Date): string[] {
  const notifications: WrittenNotification[] = [];
  let bytes = Infinity;
  for (const { projectId, runId } of runs) {
    bytes += utf8Length(projectId) + runId.length + 10;
    if (bytes > PAYLOAD_BYTES) {
      notifications.push({ atMs: at.getTime(), written: {} });
      bytes = 100;
    }
    (notifications.at(-1)!.written[projectId] ??= []).push(runId);
  }
  return notifications.map((notification) => JSON.stringify(notification));
}

/**
 * A process' source of notifications about runs. Notifications may be lost (a dropped connection, a pooler without LISTEN), so
 * a caller that waits for one also polls.
 */
export interface Notifications {
  /** Calls `listener` for every notification until the returned function is called. */
  subscribe(listener: (notification: RunNotification) => void): () => void;
  /** How long to wait for a notification before polling, in milliseconds. */
  readonly pollAfterMs: number;
}

/** Passes the notifications of one database connection on to this process' listeners. */
export class NotificationHub implements Notifications {
  /** Shorter if notifications do not arrive. */
  pollAfterMs: number;
  readonly #listeners = new Set<(notification: RunNotification) => void>();

  constructor(pollAfterMs: number) {
    this.pollAfterMs = pollAfterMs;
  }

  subscribe(listener: (notification: RunNotification) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Delivers a payload from the database. */
  receive(payload: string): void {
    const notification = JSON.parse(payload) as RunNotification | WrittenNotification;
    if (!('written' in notification)) return this.#deliver(notification);
    for (const [projectId, runIds] of Object.entries(notification.written)) {
      for (const runId of runIds) this.#deliver({ projectId, runId, change: 'written', atMs: notification.atMs });
    }
  }

  #deliver(notification: RunNotification): void {
    for (const listener of this.#listeners) listener(notification);
  }
}
