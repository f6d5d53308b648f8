import { METADATA_TAG_KEY, type Duplicates, type RemoteRun } from '../../contracts/orchestrate-run.ts';
import { hasEnded, type EndpointContext, type WireRun } from './await-run.ts';
import { cancelRemoteRun } from './cancel-run.ts';
import { sendRequest } from './failure.ts';

/** How many of a thread's runs or messages are searched, newest first. */
const SEARCH_LIMIT = 100;

export const isTagged = ({ metadata }: { metadata: unknown }, key: string): boolean =>
  (metadata as Record<string, string> | null)?.[METADATA_TAG_KEY] === key;

async function newestRuns({ endpoint, signal }: EndpointContext, threadId: string): Promise<WireRun[]> {
  const page = await sendRequest('Listing the runs', () =>
    endpoint.client.beta.threads.runs.list(threadId, { limit: SEARCH_LIMIT, order: 'desc' }, { signal }),
  );
  return page.data;
}

/** The thread's active run. */
export async function activeRun(waiting: EndpointContext, threadId: string): Promise<WireRun | undefined> {
  return (await newestRuns(waiting, threadId)).find((run) => !hasEnded(run));
}

/** The run that was created with this key; the oldest one if there are several. */
export async function findTagged(waiting: EndpointContext, threadId: string, key: string): Promise<WireRun | undefined> {
  return (await newestRuns(waiting, threadId)).findLast((run) => isTagged(run, key));
}

/**
 * Cancels other runs that were created with a run's key, and deletes their messages. They come from a request that seemed lost
 * and was executed late.
 */
export async function removeTaggedDuplicates(waiting: EndpointContext, run: RemoteRun, key: string): Promise<Duplicates> {
  const { endpoint, signal } = waiting;
  const { client } = endpoint;
  const { threadId } = run;
  const duplicates = (await newestRuns(waiting, threadId)).filter(({ id, ...rest }) => id !== run.runId && isTagged(rest, key));
  for (const { id } of duplicates) await cancelRemoteRun(waiting, { threadId, runId: id });
  const messages = await sendRequest('Listing the messages', () =>
    client.beta.threads.messages.list(threadId, { limit: SEARCH_LIMIT, order: 'desc' }, { signal }),
  );
  // The oldest one is the run's.
  const [, ...duplicateMessages] = messages.data.filter((message) => isTagged(message, key)).toReversed();
  for (const { id } of duplicateMessages) {
    await sendRequest('Deleting a duplicate message', () =>
      client.beta.threads.messages.delete(id, { thread_id: threadId }, { signal }),
    );
  }
  return { runIds: duplicates.map(({ id }) => id), messageIds: duplicateMessages.map(({ id }) => id) };
}
