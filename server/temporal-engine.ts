import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { EXECUTE_RUN, NUDGE, type ExecuteRunInput } from '../contracts/execute-run.ts';
import { RegisteredAttributes } from '../contracts/registered-attributes.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { Engine } from './engine.ts';

const startOptions = (projectId: string, runId: string, searchable: boolean) => ({
  workflowId: runId,
  taskQueue: taskQueues.runs,
  workflowTaskTimeout: '5 seconds' as const,
  workflowIdConflictPolicy: 'USE_EXISTING' as const,
  staticSummary: `Run of the Assistants API in project ${projectId}`,
  args: [{ projectId, runId }] as [ExecuteRunInput],
  ...(searchable && { typedSearchAttributes: [{ key: searchAttributes.project, value: projectId }] }),
});

/** Starts and signals `executeRun`, whose workflow id is the run's id: run ids are unique across projects. */
export function createTemporalEngine(client: Client, options: { eagerStart: boolean } = { eagerStart: false }): Engine {
  const registered = new RegisteredAttributes(client);
  // Asked now, so that no run waits for it.
  void registered.areThere();
  return {
    async start(projectId, runId) {
      await client.workflow.start(EXECUTE_RUN, {
        ...startOptions(projectId, runId, await registered.areThere()),
        ...(options.eagerStart && { requestEagerStart: true }),
      });
    },
    async nudge(projectId, runId) {
      const start = startOptions(projectId, runId, await registered.areThere());
      await client.workflow.signalWithStart(EXECUTE_RUN, { ...start, signal: NUDGE, signalArgs: [] });
    },
    async tell(_projectId, runId) {
      try {
        await client.workflow.getHandle(runId).signal(NUDGE);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
  };
}
