import type { Client } from '@temporalio/client';
import { ORCHESTRATE_RUN } from '../contracts/orchestrate-run.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { InvalidRunInputError } from './errors.ts';
import type { RunMemo } from './run-memo.ts';

/** One orchestrated run in a list. */
export interface ListedRun {
  workflowId: string;
  /** The workflow's status: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, `TIMED_OUT`… */
  status: string;
  /** What the run is doing; undefined if the search attributes are not registered. */
  runStatus: string | undefined;
  assistantId: string | undefined;
  threadId: string | undefined;
  runId: string | undefined;
  /** Number of calls that wait for people. */
  waiting: number;
  startedAt: Date;
  endedAt: Date | undefined;
}

export interface ListOptions {
  /** Only runs whose workflow has this status. */
  status?: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed_out';
  /** At most this many runs. Default 50. */
  limit?: number;
}

const STATUS = {
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Canceled',
  terminated: 'Terminated',
  timed_out: 'TimedOut',
} as const;

/** Orchestrated runs of the namespace, newest first. Temporal's visibility is eventually consistent: it lags by moments. */
export async function listRuns(client: Client, { status, limit = 50 }: ListOptions): Promise<ListedRun[]> {
  if (status !== undefined && !Object.hasOwn(STATUS, status)) {
    throw new InvalidRunInputError(`There is no status '${status as string}'. Use one of ${Object.keys(STATUS).join(', ')}.`);
  }
  if (!Number.isInteger(limit) || limit < 1) throw new InvalidRunInputError('limit must be a whole number from 1 on.');
  const clauses = [`WorkflowType = '${ORCHESTRATE_RUN}'`, ...(status ? [`ExecutionStatus = '${STATUS[status]}'`] : [])];
  const runs: ListedRun[] = [];
  for await (const found of client.workflow.list({ query: clauses.join(' AND '), pageSize: Math.min(limit, 1_000) })) {
    const memo = (found.memo ?? {}) as RunMemo;
    runs.push({
      workflowId: found.workflowId,
      status: found.status.name,
      runStatus: found.typedSearchAttributes.get(searchAttributes.runStatus),
      assistantId: memo.assistantId,
      threadId: memo.threadId,
      runId: memo.runId,
      waiting: memo.waitingCount ?? 0,
      startedAt: found.startTime,
      endedAt: found.closeTime,
    });
    if (runs.length >= limit) break;
  }
  return runs;
}
