import { Context } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { OrchestrateRunResult } from '../../contracts/orchestrate-run.ts';
import { JOIN, THREAD_SESSION, type QueueActivities } from '../../contracts/thread-session.ts';
import { withHeartbeats } from '../heartbeats.ts';

/** The thread id in the memo of a run or a session. */
const threadOf = (memo: Record<string, unknown> | undefined): string | null => (memo?.['threadId'] as string | undefined) ?? null;

/** Activities by which sessions and runs find each other. They use the worker's own connection to Temporal. */
export function createQueueActivities(): QueueActivities {
  return {
    async joinQueue(sessionId, session) {
      const { client, info } = Context.current();
      const { workflowExecution, taskQueue } = info;
      await client.workflow.signalWithStart(THREAD_SESSION, {
        workflowId: sessionId,
        taskQueue,
        args: [session],
        signal: JOIN,
        signalArgs: [workflowExecution?.workflowId],
        staticSummary: `Runs on ${sessionId.slice(sessionId.indexOf(':') + 1)}`,
      });
    },

    awaitRunEnd: (workflowId) =>
      withHeartbeats(async () => {
        const { cancelled, client } = Context.current();
        const handle = client.workflow.getHandle(workflowId);
        try {
          const result = (await Promise.race([handle.result(), cancelled])) as OrchestrateRunResult;
          return { threadId: result.threadId };
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return { threadId: null };
          if (!(error instanceof WorkflowFailedError)) throw error;
          const { memo } = await handle.describe();
          return { threadId: threadOf(memo) };
        }
      }),

    async findSessionThread(sessionId) {
      const query = `WorkflowId = '${sessionId.replaceAll("'", "''")}' AND ExecutionStatus != 'Running'`;
      const { client } = Context.current();
      let newest: { atMs: number; memo: Record<string, unknown> | undefined } = { atMs: 0, memo: undefined };
      for await (const { startTime, memo } of client.workflow.list({ query })) {
        const namesThread = memo?.['threadId'] !== undefined || memo?.['active'] !== undefined;
        if (namesThread && startTime.getTime() > newest.atMs) newest = { atMs: startTime.getTime(), memo };
      }
      const active = newest.memo?.['active'] as string | undefined;
      const found = threadOf(newest.memo);
      if (found !== null || active === undefined) return found;
      const run = await client.workflow
        .getHandle(active)
        .describe()
        .catch(() => null);
      return threadOf(run?.memo);
    },
  };
}
