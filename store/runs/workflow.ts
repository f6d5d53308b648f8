import { EXECUTE_RUN, RUN_CHANGED, type ExecuteRunInput } from '../../contracts/execute-run.ts';
import type { WorkflowCommand } from '../../contracts/outbox-command.ts';

/**
 * The outbox command for a run's workflow. The workflow's id is the run's, which is unique across projects. The workflow reads
 * everything else from the database.
 */
export function runWorkflow(projectId: string, runId: string, action: WorkflowCommand['action']): WorkflowCommand {
  const input: ExecuteRunInput = { projectId, runId };
  return { action, workflowType: EXECUTE_RUN, workflowId: runId, args: [input], signal: RUN_CHANGED };
}
