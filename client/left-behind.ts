import type { Client } from '@temporalio/client';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import { ORCHESTRATE_RUN } from '../contracts/orchestrate-run.ts';
import { isActive, remoteStatus } from './remote-run.ts';
import type { RunMemo } from './run-memo.ts';

/** A run at the endpoint that is no longer driven by a workflow. */
export interface LeftBehindRun {
  workflowId: string;
  /** How the workflow ended: `TERMINATED` or `TIMED_OUT`; `FAILED` or `CANCELLED` if its cleanup failed. */
  workflowStatus: string;
  threadId: string;
  runId: string;
  /** The status of the remote run. */
  status: string;
}

/** How many workflows are checked, newest first. */
const MAX_CHECKED = 200;
const LOOK_BACK_MS = 7 * 86_400_000;

/**
 * Runs that still lock their thread although their workflow ended without cleanup, within the last seven days.
 * @throws {Error} if the endpoint fails to answer
 */
export async function leftBehindRuns(client: Client, endpoint: EndpointOptions): Promise<LeftBehindRun[]> {
  const since = new Date(Date.now() - LOOK_BACK_MS).toISOString();
  const closed = `ExecutionStatus IN ('Terminated', 'TimedOut', 'Failed', 'Canceled')`;
  const query = `WorkflowType = '${ORCHESTRATE_RUN}' AND ${closed} AND CloseTime > '${since}'`;
  const found: LeftBehindRun[] = [];
  let checked = 0;
  for await (const { workflowId, status, memo } of client.workflow.list({ query })) {
    if ((checked += 1) > MAX_CHECKED) break;
    const { threadId, runId, leftBehind } = (memo ?? {}) as RunMemo;
    const cleanedUp = (status.name === 'FAILED' || status.name === 'CANCELLED') && !leftBehind;
    if (cleanedUp || threadId === undefined || runId === undefined) continue;
    const remote = await remoteStatus(endpoint, { threadId, runId });
    if (isActive(remote)) found.push({ workflowId, workflowStatus: status.name, threadId, runId, status: remote });
  }
  return found;
}
