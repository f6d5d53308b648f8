import type { Client } from '@temporalio/client';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import { ORCHESTRATE_RUN } from '../contracts/orchestrate-run.ts';
import { isActive, remoteStatus } from './remote-run.ts';
import type { RunMemo } from './run-memo.ts';

/** A run at the endpoint that no workflow drives any more. */
export interface LeftBehindRun {
  workflowId: string;
  /** How the workflow ended: `TERMINATED`, `TIMED_OUT`, or otherwise if its cleanup did not get through. */
  workflowStatus: string;
  threadId: string;
  runId: string;
  /** The remote run's. */
  status: string;
}

/** Workflows that are looked at, the newest first. */
const LOOKED_AT = 200;
const LOOK_BACK_MS = 7 * 86_400_000;

/**
 * Runs whose workflow ended without cleanup, in the last seven days, and that still hold their thread.
 * @throws {Error} if the endpoint cannot be asked
 */
export async function leftBehindRuns(client: Client, endpoint: EndpointOptions): Promise<LeftBehindRun[]> {
  const since = new Date(Date.now() - LOOK_BACK_MS).toISOString();
  const closed = `ExecutionStatus IN ('Terminated', 'TimedOut', 'Failed', 'Canceled')`;
  const query = `WorkflowType = '${ORCHESTRATE_RUN}' AND ${closed} AND CloseTime > '${since}'`;
  const found: LeftBehindRun[] = [];
  let looked = 0;
  for await (const { workflowId, status, memo } of client.workflow.list({ query })) {
    if ((looked += 1) > LOOKED_AT) break;
    const { threadId, runId, leftBehind } = (memo ?? {}) as RunMemo;
    const cleanedUp = (status.name === 'FAILED' || status.name === 'CANCELLED') && !leftBehind;
    if (cleanedUp || threadId === undefined || runId === undefined) continue;
    const remote = await remoteStatus(endpoint, { threadId, runId });
    if (isActive(remote)) found.push({ workflowId, workflowStatus: status.name, threadId, runId, status: remote });
  }
  return found;
}
