import { TAG, type Duplicates, type RemoteRun } from '../../contracts/orchestrate-run.ts';
import { hasEnded, type Waiting, type WireRun } from './await-run.ts';
import { cancelRemoteRun } from './cancel-run.ts';
import { requestOf } from './failure.ts';

/** A thread's newest runs, or messages, that are looked through. */
const LOOKED_THROUGH = 100;

export const isTagged = ({ metadata }: { metadata: unknown }, key: string): boolean =>
  (metadata as Record<string, string> | null)?.[TAG] === key;

async function newestRuns({ endpoint, signal }: Waiting, threadId: string): Promise<WireRun[]> {
  const page = await requestOf('Listing the runs', () =>
    endpoint.client.beta.threads.runs.list(threadId, { limit: LOOKED_THROUGH, order: 'desc' }, { signal }),
  );
  return page.data;
}

/** The run that holds the thread just now. */
export async function activeRun(waiting: Waiting, threadId: string): Promise<WireRun | undefined> {
  return (await newestRuns(waiting, threadId)).find((run) => !hasEnded(run));
}

/** The run that was created by this key: the oldest, should there be several. */
export async function findTagged(waiting: Waiting, threadId: string, key: string): Promise<WireRun | undefined> {
  return (await newestRuns(waiting, threadId)).findLast((run) => isTagged(run, key));
}

/**
 * Cancels what else was created by a run's key, and deletes its message: a request that was thought to be lost and was
 * executed late.
 */
export async function removeTaggedDuplicates(waiting: Waiting, run: RemoteRun, key: string): Promise<Duplicates> {
  const { endpoint, signal } = waiting;
  const { client } = endpoint;
  const { threadId } = run;
  const doubled = (await newestRuns(waiting, threadId)).filter(({ id, ...rest }) => id !== run.runId && isTagged(rest, key));
  for (const { id } of doubled) await cancelRemoteRun(waiting, { threadId, runId: id });
  const messages = await requestOf('Listing the messages', () =>
    client.beta.threads.messages.list(threadId, { limit: LOOKED_THROUGH, order: 'asc' }, { signal }),
  );
  const [, ...again] = messages.data.filter((message) => isTagged(message, key));
  for (const { id } of again) {
    await requestOf('Deleting a doubled message', () =>
      client.beta.threads.messages.delete(id, { thread_id: threadId }, { signal }),
    );
  }
  return { runIds: doubled.map(({ id }) => id), messageIds: again.map(({ id }) => id) };
}
