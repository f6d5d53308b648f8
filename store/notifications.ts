import type { RunStatus } from '../schemas/run.ts';

/** The channel of NOTIFY for changes of runs. */
export const RUN_CHANNEL = 'run_changed';

/** What has become of a run: its new status; `deleted`; `written`: events of a turn; `followed`: somebody reads its stream. */
export type RunNotificationKind = RunStatus | 'deleted' | 'written' | 'followed';

export interface RunNotification {
  projectId: string;
  runId: string;
  change: RunNotificationKind;
  /** When the transaction that changed the run began, in Unix milliseconds. */
  atMs: number;
}

/** Many runs' `written` in one: what models say comes in often, and for many runs at once. */
interface WrittenNotification {
  atMs: number;
  /** Run ids by project. */
  written: Record<string, string[]>;
}

/** Postgres refuses a notice of 8,000 bytes. */
const PAYLOAD_BYTES = 7_000;

/** Payloads that tell of runs whose events were written, each short enough to be sent. */
export function writtenPayloads(runs: readonly { projectId: string; runId: string }[], at: Date): string[] {
  const notifications: WrittenNotification[] = [];
  let bytes = Infinity;
  for (const { projectId, runId } of runs) {
    bytes += Buffer.byteLength(projectId) + runId.length + 10;
    if (bytes > PAYLOAD_BYTES) {
      notifications.push({ atMs: at.getTime(), written: {} });
      bytes = 100;
    }
    (notifications.at(-1)!.written[projectId] ??= []).push(runId);
  }
  return notifications.map((notification) => JSON.stringify(notification));
}

/**
 * A process' ear for changes of runs. Notices may be lost (a dropped connection, a pooler without LISTEN), so whoever waits
 * for one also looks again from time to time.
 */
export interface Notifications {
  /** Calls `listener` for every notice until the returned function is called. */
  subscribe(listener: (notification: RunNotification) => void): () => void;
  /** How long to wait for a notice before looking again, in milliseconds. */
  readonly rescanAfterMs: number;
}

/** Fans out notices of one database connection to this process' listeners. */
export class NotificationHub implements Notifications {
  /** Shorter where notices do not come. */
  rescanAfterMs: number;
  readonly #listeners = new Set<(notification: RunNotification) => void>();

  constructor(rescanAfterMs: number) {
    this.rescanAfterMs = rescanAfterMs;
  }

  subscribe(listener: (notification: RunNotification) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes a payload as it came from the database. */
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
