import type { RunStatus } from '../schemas/run.ts';

/** The channel of NOTIFY for changes of runs. */
export const RUN_CHANNEL = 'run_changed';

/** What has become of a run: its new status; `deleted`; `written`: events of a turn; `followed`: somebody reads its stream. */
export type RunChangeNoticed = RunStatus | 'deleted' | 'written' | 'followed';

export interface RunNotice {
  projectId: string;
  runId: string;
  change: RunChangeNoticed;
  /** When the transaction that changed the run began, in Unix milliseconds. */
  atMs: number;
}

/** Many runs' `written` in one: what models say comes in often, and for many runs at once. */
interface WrittenNotice {
  atMs: number;
  /** Run ids by project. */
  written: Record<string, string[]>;
}

/** Postgres refuses a notice of 8,000 bytes. */
const NOTICE_BYTES = 7_000;

/** Payloads that tell of runs whose events were written, each short enough to be sent. */
export function writtenNotices(runs: readonly { projectId: string; runId: string }[], at: Date): string[] {
  const notices: WrittenNotice[] = [];
  let bytes = Infinity;
  for (const { projectId, runId } of runs) {
    bytes += Buffer.byteLength(projectId) + runId.length + 10;
    if (bytes > NOTICE_BYTES) {
      notices.push({ atMs: at.getTime(), written: {} });
      bytes = 100;
    }
    (notices.at(-1)!.written[projectId] ??= []).push(runId);
  }
  return notices.map((notice) => JSON.stringify(notice));
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
    const notice = JSON.parse(payload) as RunNotice | WrittenNotice;
    if (!('written' in notice)) return this.#tell(notice);
    for (const [projectId, runIds] of Object.entries(notice.written)) {
      for (const runId of runIds) this.#tell({ projectId, runId, change: 'written', atMs: notice.atMs });
    }
  }

  #tell(notice: RunNotice): void {
    for (const listener of this.#listeners) listener(notice);
  }
}
