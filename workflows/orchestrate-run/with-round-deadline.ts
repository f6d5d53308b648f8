import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { RemoteRun } from '../../contracts/orchestrate-run.ts';
import { roundDeadlineExceeded } from './failures.ts';

/** Runs one round within its deadline, if it has one. @throws {ApplicationFailure} DeadlineExceeded */
export async function withRoundDeadline<T>(deadlineMs: number | undefined, run: RemoteRun, work: () => Promise<T>): Promise<T> {
  if (deadlineMs === undefined) return work();
  const scope = new CancellationScope();
  const timer = new CancellationScope();
  let overdue = false;
  void timer
    .run(async () => {
      await sleep(deadlineMs, { summary: 'Deadline of the round' });
      overdue = true;
      scope.cancel();
    })
    .catch(() => undefined);
  try {
    return await scope.run(work);
  } catch (error) {
    if (overdue && isCancellation(error)) throw roundDeadlineExceeded(deadlineMs, run);
    throw error;
  } finally {
    timer.cancel();
  }
}
