import { APIError } from 'openai';
import type { RemoteRun } from '../../contracts/orchestrate-run.ts';
import { hasEnded, pollRun, type EndpointContext } from './await-run.ts';
import { endpointFailure } from './failure.ts';

const statusOf = (error: unknown): number | undefined =>
  error instanceof APIError ? (error.status as number | undefined) : undefined;

/**
 * Cancels a run and waits until it is terminal. A run that has already ended, or is gone with its thread, counts as cancelled.
 * Returns the status that it ended with, or `deleted` if it is gone.
 */
export async function cancelRemoteRun(waiting: EndpointContext, run: RemoteRun): Promise<string> {
  const { endpoint, signal } = waiting;
  try {
    const cancelled = await endpoint.client.beta.threads.runs.cancel(run.runId, { thread_id: run.threadId }, { signal });
    if (hasEnded(cancelled)) return cancelled.status;
  } catch (error) {
    if (statusOf(error) === 404) return 'deleted';
    // 400: the run had ended, or was already cancelling, when the request arrived.
    if (statusOf(error) !== 400) throw endpointFailure('Cancelling the run', error);
  }
  const { run: ended } = await pollRun(waiting, run, hasEnded);
  return ended.status;
}
