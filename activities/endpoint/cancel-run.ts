import { APIError } from 'openai';
import type { RemoteRun } from '../../contracts/orchestrate-run.ts';
import { hasEnded, pollRun, type Waiting } from './await-run.ts';
import { endpointFailure } from './failure.ts';

const statusOf = (error: unknown): number | undefined =>
  error instanceof APIError ? (error.status as number | undefined) : undefined;

/**
 * Cancels a run and waits until it is terminal. A run that has ended already, or is gone with its thread, is as good as
 * cancelled. Gives the status it ended with, `deleted` if it is gone.
 */
export async function cancelRemoteRun(waiting: Waiting, run: RemoteRun): Promise<string> {
  const { endpoint, signal } = waiting;
  try {
    const cancelled = await endpoint.client.beta.threads.runs.cancel(run.runId, { thread_id: run.threadId }, { signal });
    if (hasEnded(cancelled)) return cancelled.status;
  } catch (error) {
    if (statusOf(error) === 404) return 'deleted';
    // 400: the run ended, or went on cancelling, before the request came.
    if (statusOf(error) !== 400) throw endpointFailure('Cancelling the run', error);
  }
  const { run: ended } = await pollRun(waiting, run, hasEnded);
  return ended.status;
}
