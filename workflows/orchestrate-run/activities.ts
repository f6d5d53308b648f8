import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { EndpointActivities } from '../../contracts/orchestrate-run.ts';
import type { QueueActivities } from '../../contracts/thread-session.ts';
import { HEARTBEAT_TIMEOUT, UNLIMITED_RETRY } from '../../contracts/timeouts.ts';
import { TOOL_ACTIVITY_PREFIX, type RoutedCall, type ToolInvocation } from '../../contracts/tool-call.ts';

const retry = UNLIMITED_RETRY;
const heartbeatTimeout = HEARTBEAT_TIMEOUT;

/** A run may wait for people for days. Missing heartbeats reveal a dead worker. */
const waiting: ActivityOptions = {
  startToCloseTimeout: '30 days',
  heartbeatTimeout,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry,
};

/** How long the cleanup may take to end the remote run after a cancel, a missed deadline or a failed tool. */
const CLEANUP_BUDGET = '1 minute';

type TryCreate = Pick<EndpointActivities, 'tryCreateRun'>;

/** A local activity, which saves a task queue hop. One attempt, with a timeout shorter than the workflow task's. */
export function createActivitiesInTask(): TryCreate {
  return proxyLocalActivities<TryCreate>({
    summary: 'Create the thread and the run',
    startToCloseTimeout: '3 seconds',
    retry: { maximumAttempts: 1 },
  });
}

export function tryCreateActivities(summary: string): TryCreate {
  return proxyActivities<TryCreate>({
    summary,
    startToCloseTimeout: '1 minute',
    // Without the answer it is not known which run to cancel.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry,
  });
}

export function createActivities(summary: string): Pick<EndpointActivities, 'createRun'> {
  return proxyActivities<Pick<EndpointActivities, 'createRun'>>({
    ...waiting,
    summary,
    // Without the answer it is not known which run to cancel.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}

export function awaitActivities(summary: string): Pick<EndpointActivities, 'awaitRun' | 'submitAndAwait'> {
  return proxyActivities<Pick<EndpointActivities, 'awaitRun' | 'submitAndAwait'>>({ summary, ...waiting });
}

/** For callers that wait for the answer: fails after 5 seconds. */
export function promptAwaitActivities(summary: string): Pick<EndpointActivities, 'awaitRun'> {
  return proxyActivities<Pick<EndpointActivities, 'awaitRun'>>({ summary, ...waiting, scheduleToCloseTimeout: '5 seconds' });
}

export function cleanupActivities(
  summary: string,
): Pick<EndpointActivities, 'cancelRun' | 'cancelUnconfirmedRun' | 'removeDuplicates'> {
  return proxyActivities<Pick<EndpointActivities, 'cancelRun' | 'cancelUnconfirmedRun' | 'removeDuplicates'>>({
    summary,
    startToCloseTimeout: CLEANUP_BUDGET,
    scheduleToCloseTimeout: CLEANUP_BUDGET,
    heartbeatTimeout,
    retry,
  });
}

export function queueActivities(): Pick<QueueActivities, 'joinQueue'> {
  return proxyLocalActivities<Pick<QueueActivities, 'joinQueue'>>({ startToCloseTimeout: '5 seconds', retry });
}

/** Calls a tool by the name that the model gave. The prefix keeps the model from calling any other activity. */
export function callTool(
  call: RoutedCall & { kind: 'dispatch' },
  invocation: ToolInvocation,
  runEndsInMs: number | null,
): Promise<string> {
  const type = `${TOOL_ACTIVITY_PREFIX}${call.name}`;
  const { scheduleToCloseTimeout: own = Number.POSITIVE_INFINITY, ...options } = call.options;
  const scheduleToCloseTimeout = Math.min(own, runEndsInMs ?? Number.POSITIVE_INFINITY);
  const proxy = proxyActivities<Record<string, (invocation: ToolInvocation) => Promise<string>>>({
    ...options,
    ...(Number.isFinite(scheduleToCloseTimeout) && { scheduleToCloseTimeout: Math.max(1, Math.ceil(scheduleToCloseTimeout)) }),
    summary: call.summary,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  });
  return proxy[type]!(invocation);
}

/** Unique per workflow execution chain and purpose; the same for every attempt. */
export function idempotencyKey(purpose: string): string {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return `${workflowId}:${firstExecutionRunId}:${purpose}`;
}
