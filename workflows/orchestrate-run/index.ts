import { CancellationScope, CancelledFailure, ContinueAsNew, isCancellation, sleep } from '@temporalio/workflow';
import type { OrchestrateRunInput, OrchestrateRunResult } from '../../contracts/orchestrate-run.ts';
import { cleaningUp, idempotencyKey } from './activities.ts';
import { deadlineExceeded, endpointFailed } from './failures.ts';
import { Orchestration } from './orchestration.ts';

/**
 * Runs an assistant on a message, to its answer: creates the message and the run at the endpoint, waits for it, has the
 * assistant's tool calls done by activities, submits their outputs, and so on until the run ends.
 *
 * However it ends, by an answer, a failure, its deadline or a cancel, the remote run is terminal then and its thread is
 * free; only a Terminate or an execution timeout runs no cleanup, and leaves the run to its own expiry.
 */
export async function orchestrateRun(input: OrchestrateRunInput): Promise<OrchestrateRunResult> {
  const startedAtMs = input.resume?.startedAtMs ?? Date.now();
  const orchestration = new Orchestration(input);
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
    return await work.run(() => orchestration.drive(startedAtMs));
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    const left = await endRemoteRun(orchestration, input);
    // A cancelled attempt may end with a failure of its own: what counts is why it was cancelled.
    if (overdue && deadlineMs !== undefined) throw deadlineExceeded(deadlineMs, orchestration.run, left);
    if (isCancellation(error)) throw error;
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('The workflow was cancelled');
    throw endpointFailed(error, orchestration.run);
  } finally {
    deadline.cancel();
  }
}

/** Leaves no run behind that holds its thread. Says what was done. */
async function endRemoteRun(orchestration: Orchestration, input: OrchestrateRunInput): Promise<string> {
  const { run } = orchestration;
  if (orchestration.ended) return 'it had ended.';
  if (!run && !orchestration.unconfirmed) return 'no run had been created.';
  return CancellationScope.nonCancellable(async () => {
    const cleanup = cleaningUp('End the remote run');
    try {
      const status = await (run ? cleanup.cancelRun(run) : cleanup.cancelUnconfirmedRun(input, idempotencyKey('create')));
      return `it is ${status} now.`;
    } catch {
      return 'it could not be cancelled and ends at its own expiry.';
    }
  });
}
