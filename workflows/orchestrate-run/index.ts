import { CancellationScope, CancelledFailure, ContinueAsNew, isCancellation, log, sleep } from '@temporalio/workflow';
import type { OrchestrateRunInput, OrchestrateRunResult } from '../../contracts/orchestrate-run.ts';
import { cleanupActivities } from './activities.ts';
import { deadlineExceeded, endpointFailed, reasonOf } from './failures.ts';
import { Orchestration } from './orchestration.ts';

/**
 * Runs an assistant on a message, to its answer: creates the message and the run at the endpoint, waits for it, has the
 * assistant's tool calls done by activities or decided by people, submits their outputs, and so on until the run ends.
 *
 * However it ends, by an answer, a failure, its deadline or a cancel, the remote run is terminal then and its thread is
 * free; only a Terminate or an execution timeout runs no cleanup, and leaves the run to its own expiry.
 */
export async function orchestrateRun(input: OrchestrateRunInput): Promise<OrchestrateRunResult> {
  const startedAtMs = input.resume?.startedAtMs ?? Date.now();
  const orchestration = new Orchestration(input, startedAtMs);
  const work = new CancellationScope();
  const { deadlineMs } = input;
  let overdue = false;
  const deadline = new CancellationScope();
  if (deadlineMs !== undefined) {
    void deadline
      .run(async () => {
        await sleep(Math.max(1, startedAtMs + deadlineMs - Date.now()), { summary: 'Deadline' });
        overdue = true;
        work.cancel();
      })
      .catch(() => undefined);
  }
  try {
    return await work.run(() => orchestration.drive());
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    const left = await endRemoteRun(orchestration);
    // A cancelled attempt may end with a failure of its own: what counts is why it was cancelled.
    if (overdue && deadlineMs !== undefined) throw deadlineExceeded(deadlineMs, orchestration.run, left);
    if (isCancellation(error) || CancellationScope.current().consideredCancelled) {
      orchestration.progress.show(`cancelled; ${left}`, 'cancelled');
      throw isCancellation(error) ? error : new CancelledFailure('The workflow was cancelled');
    }
    throw endpointFailed(error, orchestration.run);
  } finally {
    deadline.cancel();
  }
}

/** Leaves no run behind that holds its thread. Says what was done. */
async function endRemoteRun(orchestration: Orchestration): Promise<string> {
  const { run, unconfirmed, progress } = orchestration;
  if (orchestration.ended) return 'its run had ended.';
  if (!run && !unconfirmed) return 'no run had been created.';
  return CancellationScope.nonCancellable(async () => {
    const cleanup = cleanupActivities('End the remote run');
    try {
      const status = await (run ? cleanup.cancelRun(run) : cleanup.cancelUnconfirmedRun(unconfirmed!));
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
