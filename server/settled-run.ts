import type { Run } from '../schemas/run.ts';
import type { ProjectContext } from '../store/context.ts';
import type { RunChangeNoticed } from '../store/notifications.ts';
import { retrieveRun } from '../store/runs/read.ts';
import type { RunSignals } from './run-signals.ts';

/** Statuses in which the server is at work, so that waiting makes sense. */
const WORKING = new Set<Run['status']>(['queued', 'in_progress', 'cancelling']);
/** What does not end the wait. */
const PASSING = new Set<RunChangeNoticed>([...WORKING, 'written', 'followed']);

/**
 * The run once it is out of the server's hands (requires_action or terminal), or as it is after `holdMs` milliseconds or when
 * the server is about to close.
 * @throws {ApiError} 404
 */
export async function settledRun(
  signals: RunSignals,
  context: ProjectContext,
  threadId: string,
  runId: string,
  holdMs: number,
): Promise<Run> {
  const end = performance.now() + holdMs;
  for (;;) {
    // Listening begins before reading, so that no change falls in between.
    const signal = signals.next(context.projectId, runId, (change) => !PASSING.has(change));
    try {
      const run = await retrieveRun(context, threadId, runId);
      const left = end - performance.now();
      if (!WORKING.has(run.status) || left <= 0 || signals.released) return run;
      await signal.within(Math.min(left, signals.rescanAfterMs));
    } finally {
      signal.forget();
    }
  }
}
