import { CancellationScope, ContinueAsNew, sleep } from '@temporalio/workflow';

/** Thrown for work that did not end within its deadline, and was cancelled. */
export class DeadlineMissed extends Error {}

/**
 * Runs `work`, and cancels it after `ms` milliseconds; null: never. `summary`: the timer's.
 * @throws {DeadlineMissed} whatever error the cancelled work fails with
 */
export async function withDeadline<T>(ms: number | null, summary: string, work: () => Promise<T>): Promise<T> {
  if (ms === null) return work();
  const scope = new CancellationScope();
  const timer = new CancellationScope();
  let missed = false;
  void timer
    .run(async () => {
      await sleep(ms, { summary });
      missed = true;
      scope.cancel();
    })
    .catch(() => undefined);
  try {
    return await scope.run(work);
  } catch (error) {
    throw missed && !(error instanceof ContinueAsNew) ? new DeadlineMissed() : error;
  } finally {
    timer.cancel();
  }
}
