import type { Run } from '../schemas/run.ts';
import type { ProjectContext } from '../store/database/context.ts';
import type { RunNotificationKind } from '../store/database/notifications.ts';
import { retrieveRun } from '../store/runs/read.ts';
import type { RunWatcher } from './run-watcher.ts';

/** Statuses in which the server is working on the run. */
const WORKING = new Set<Run['status']>(['queued', 'in_progress', 'cancelling']);
/** Notifications that do not end the wait. */
const PASSING = new Set<RunNotificationKind>([...WORKING, 'written', 'followed']);

/**
 * Returns the run when it is out of the server's hands (requires_action or terminal), or in its current state after `holdMs`
 * milliseconds or when the server is about to close.
 * @throws {ApiError} 404
 */
export async function longPollRun(
  watcher: RunWatcher,
  context: ProjectContext,
  threadId: string,
  runId: string,
  holdMs: number,
): Promise<Run> {
  const end = performance.now() + holdMs;
  for (;;) {
    // Subscribe before reading, so that no change is missed in between.
    const signal = watcher.next(context.projectId, runId, (change) => !PASSING.has(change));
    try {
      const run = await retrieveRun(context, threadId, runId);
      const left = end - performance.now();
      if (!WORKING.has(run.status) || left <= 0 || watcher.released) return run;
      await signal.within(Math.min(left, watcher.pollAfterMs));
    } finally {
      signal.forget();
    }
  }
}
