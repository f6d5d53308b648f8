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
 * Calls that wait for people, across all runs of the namespace, the newest run first. Of a run with many of them the first
 * ten. Temporal's lists lag behind by moments.
 */
export async function* waitingCalls(client: Client, byAttribute: boolean): AsyncGenerator<WaitingRunCall, void, undefined> {
  const running = `WorkflowType = '${ORCHESTRATE_RUN}' AND ExecutionStatus = 'Running'`;
  // A round of which a part waits for people is 'requires_action'.
  const status = searchAttributes.runStatus.name;
  const query = byAttribute ? `${running} AND ${status} IN ('waiting_for_people', 'requires_action')` : running;
  for await (const { workflowId, memo } of client.workflow.list({ query })) {
    const { waiting = [], threadId, runId } = (memo ?? {}) as RunMemo;
    for (const call of waiting) yield { workflowId, threadId, runId, ...call };
  }
}
