import type { Client } from '@temporalio/client';
import { ORCHESTRATE_RUN } from '../contracts/orchestrate-run.ts';
import type { WaitingCall } from '../contracts/people.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import type { RunMemo } from './run-memo.ts';

/** A call that waits for people, and the run that it belongs to. */
export interface WaitingRunCall extends WaitingCall {
  workflowId: string;
  threadId: string | undefined;
  runId: string | undefined;
}

/**
 * Calls that wait for people, across all runs of the namespace, newest run first. At most ten calls of each run. Temporal's
 * visibility is eventually consistent: it lags by moments.
 */
export async function* waitingCalls(client: Client, byAttribute: boolean): AsyncGenerator<WaitingRunCall, void, undefined> {
  const running = `WorkflowType = '${ORCHESTRATE_RUN}' AND ExecutionStatus = 'Running'`;
  // The status is 'requires_action' if only some calls of the round wait for people.
  const status = searchAttributes.runStatus.name;
  const query = byAttribute ? `${running} AND ${status} IN ('waiting_for_people', 'requires_action')` : running;
  for await (const { workflowId, memo } of client.workflow.list({ query })) {
    const { waiting = [], threadId, runId } = (memo ?? {}) as RunMemo;
    for (const call of waiting) yield { workflowId, threadId, runId, ...call };
  }
}
