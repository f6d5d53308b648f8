import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { EXECUTE_RUN, type ExecuteRunInput } from '../contracts/execute-run.ts';
import type { WorkflowCommand } from '../contracts/outbox-command.ts';
import { RegisteredAttributes } from '../temporal/registered-attributes.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { Workflows } from './workflows.ts';

/** Start options per workflow type, except ids and arguments. */
const START_OPTIONS: Readonly<Record<string, (command: WorkflowCommand, searchable: boolean) => object & { taskQueue: string }>> =
  {
    [EXECUTE_RUN]: ({ args }, searchable) => {
      const { projectId } = args[0] as ExecuteRunInput;
      return {
        taskQueue: taskQueues.runs,
        workflowTaskTimeout: '5 seconds',
        staticSummary: `Run of the Assistants API in project ${projectId}`,
        ...(searchable && { typedSearchAttributes: [{ key: searchAttributes.project, value: projectId }] }),
      };
    },
  };

/** A request to Temporal fails after so long, in milliseconds: it is retried, and must not hold up others. */
const REQUEST_MS = 10_000;

/** Starts and signals workflows. @throws for an unknown workflow type, and any error of Temporal */
export function temporalWorkflows(client: Client, options: { eagerStart: boolean } = { eagerStart: false }): Workflows {
  const inTime = <T>(request: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + REQUEST_MS, request);
  const registered = new RegisteredAttributes(client);
  // Checked now, so that the first run does not wait for it.
  void registered.areUsable();
  const startOptions = async (command: WorkflowCommand) => {
    const ofType = START_OPTIONS[command.workflowType];
    if (!ofType) throw new Error(`This version knows no workflow ${command.workflowType}.`);
    return {
      ...ofType(command, await registered.areUsable()),
      workflowId: command.workflowId,
      workflowIdConflictPolicy: 'USE_EXISTING' as const,
      args: [...command.args],
    };
  };
  return {
    async start(command) {
      const start = await startOptions(command);
      await inTime(() =>
        client.workflow.start(command.workflowType, { ...start, ...(options.eagerStart && { requestEagerStart: true }) }),
      );
    },
    async signal({ workflowId, signal }) {
      try {
        await inTime(() => client.workflow.getHandle(workflowId).signal(signal));
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
    async signalWithStart(command) {
      const { workflowType, signal } = command;
      const start = await startOptions(command);
      await inTime(() => client.workflow.signalWithStart(workflowType, { ...start, signal, signalArgs: [] }));
    },
  };
}
