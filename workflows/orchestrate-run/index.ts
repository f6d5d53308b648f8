import { CancellationScope, CancelledFailure, ContinueAsNew, isCancellation, log } from '@temporalio/workflow';
import type { OrchestrateRunInput, OrchestrateRunResult } from '../../contracts/orchestrate-run.ts';
import { cancelRun, cancelUnconfirmedRun } from './activities.ts';
import { deadlineExceeded, endpointFailed, reasonOf } from './failures.ts';
import { Orchestration } from './orchestration.ts';
import { DeadlineMissed, withDeadline } from './with-deadline.ts';

/**
 * Runs an assistant on a message until it has answered: creates the message and the run at the endpoint, waits for the run,
 * executes its tool calls as activities or lets people decide about them, submits the outputs, and repeats until the run ends.
 *
 * Whether it ends with an answer, a failure, a missed deadline or a cancel, the remote run is terminal by then and its thread
 * is free. Only a terminate or an execution timeout skips the cleanup; the remote run then lasts until its own expiry.
 */
export async function orchestrateRun(input: OrchestrateRunInput): Promise<OrchestrateRunResult> {
  const startedAtMs = input.resume?.startedAtMs ?? Date.now();
  const orchestration = new Orchestration(input, startedAtMs);
  const { deadlineMs } = input;
  const leftMs = deadlineMs === undefined ? null : Math.max(1, startedAtMs + deadlineMs - Date.now());
  try {
    return await withDeadline(leftMs, 'Deadline', () => orchestration.drive());
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    const cleanupOutcome = await endRemoteRun(orchestration);
    if (error instanceof DeadlineMissed) throw deadlineExceeded(deadlineMs!, orchestration.run, cleanupOutcome);
    // A cancelled attempt may fail with an error of its own. The reason for the cancel takes precedence over it.
    if (isCancellation(error) || CancellationScope.current().consideredCancelled) {
      orchestration.progress.show(`cancelled; ${cleanupOutcome}`, 'cancelled');
      throw isCancellation(error) ? error : new CancelledFailure('The workflow was cancelled');
    }
    throw endpointFailed(error, orchestration.run);
  }
}

/** Ends the remote run, so that it does not keep its thread locked. Returns what was done, in words. */
async function endRemoteRun(orchestration: Orchestration): Promise<string> {
  const { run, unconfirmed, progress } = orchestration;
  if (orchestration.ended) return 'its run had ended.';
  if (!run && !unconfirmed) return 'no run had been created.';
  return CancellationScope.nonCancellable(async () => {
    try {
      const status = await (run ? cancelRun(run) : cancelUnconfirmedRun(unconfirmed!));
      return status === null ? 'no run was found.' : `its run is ${status} now.`;
    } catch (error) {
      progress.leftBehind();
      log.warn('The remote run could not be cancelled', { ...run, error });
      const why = reasonOf(error);
      return run
        ? `its run could not be cancelled and ends at its own expiry (${why}).`
        : `the endpoint did not say whether a run was created; if so, it ends at its own expiry (${why}).`;
    }
  });
}
