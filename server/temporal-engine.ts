import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { EXECUTE_RUN, NUDGE, type ExecuteRunInput } from '../contracts/execute-run.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { Engine } from './engine.ts';

const startOptions = (projectId: string, runId: string) => ({
  workflowId: runId,
  taskQueue: taskQueues.runs,
  workflowTaskTimeout: '5 seconds' as const,
  workflowIdConflictPolicy: 'USE_EXISTING' as const,
  staticSummary: `Run of the Assistants API in project ${projectId}`,
  args: [{ projectId, runId }] as [ExecuteRunInput],
});

/** Starts and signals `executeRun`, whose workflow id is the run's id: run ids are unique across projects. */
export function createTemporalEngine(client: Client, options: { eagerStart: boolean } = { eagerStart: false }): Engine {
  return {
    async start(projectId, runId) {
      await client.workflow.start(EXECUTE_RUN, {
        ...startOptions(projectId, runId),
        ...(options.eagerStart && { requestEagerStart: true }),
      });
    },
    async nudge(projectId, runId) {
      await client.workflow.signalWithStart(EXECUTE_RUN, { ...startOptions(projectId, runId), signal: NUDGE, signalArgs: [] });
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
