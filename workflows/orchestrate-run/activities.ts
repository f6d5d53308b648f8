import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { AwaitedRun, EndpointActivities, RemoteRun } from '../../contracts/orchestrate-run.ts';
import type { QueueActivities } from '../../contracts/thread-session.ts';
import { HEARTBEAT_TIMEOUT, UNLIMITED_RETRY } from '../../contracts/timeouts.ts';
import { TOOL_ACTIVITY_PREFIX, type RoutedCall, type ToolInvocation } from '../../contracts/tool-call.ts';

/** A run may wait for people for days. Missing heartbeats reveal a dead worker. */
const waiting: ActivityOptions = {
  startToCloseTimeout: '30 days',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: UNLIMITED_RETRY,
};

/** For activities that create a run: without the answer it is not known which run to cancel. */
const creating: ActivityOptions = {
  ...waiting,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/** How long the cleanup may take to end the remote run after a cancel, a missed deadline or a failed tool. */
const CLEANUP_BUDGET = '1 minute';

const cleanup: ActivityOptions = {
  startToCloseTimeout: CLEANUP_BUDGET,
  scheduleToCloseTimeout: CLEANUP_BUDGET,
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: UNLIMITED_RETRY,
};

const CREATE_SUMMARY = 'Create the thread and the run';

const endpoint = proxyActivities<EndpointActivities>(waiting);

const inTask = proxyLocalActivities<Pick<EndpointActivities, 'tryCreateRun'>>({
  summary: CREATE_SUMMARY,
  startToCloseTimeout: '3 seconds',
  retry: { maximumAttempts: 1 },
});

const queue = proxyLocalActivities<Pick<QueueActivities, 'joinQueue'>>({
  startToCloseTimeout: '5 seconds',
  retry: UNLIMITED_RETRY,
});

/** As a local activity, which saves a task queue hop. One attempt, with a timeout shorter than the workflow task's. */
export const tryCreateRunInTask: EndpointActivities['tryCreateRun'] = (order) => inTask.tryCreateRun(order);

export const tryCreateRun: EndpointActivities['tryCreateRun'] = (order) => {
  const options: ActivityOptions = {
    summary: CREATE_SUMMARY,
    startToCloseTimeout: '1 minute',
    cancellationType: creating.cancellationType!,
    retry: UNLIMITED_RETRY,
  };
  return endpoint.tryCreateRun.executeWithOptions(options, [order]);
};

export const createRun: EndpointActivities['createRun'] = (order) =>
  endpoint.createRun.executeWithOptions({ ...creating, summary: 'Create the message and the run' }, [order]);

export const awaitRun = (run: RemoteRun, summary: string): Promise<AwaitedRun> =>
  endpoint.awaitRun.executeWithOptions({ ...waiting, summary }, [run]);

const CHECK_SUMMARY = 'See whether the run still waits';

/** What has become of a run that was in `requires_action`: the activity returns at once if it still is. */
export const checkRun = (run: RemoteRun): Promise<AwaitedRun> => awaitRun(run, CHECK_SUMMARY);

/** The same for callers that wait for the answer: fails after 5 seconds. */
export const checkRunPromptly = (run: RemoteRun): Promise<AwaitedRun> =>
  endpoint.awaitRun.executeWithOptions({ ...waiting, summary: CHECK_SUMMARY, scheduleToCloseTimeout: '5 seconds' }, [run]);

export const submitAndAwait = (summary: string, ...args: Parameters<EndpointActivities['submitAndAwait']>): Promise<AwaitedRun> =>
  endpoint.submitAndAwait.executeWithOptions({ ...waiting, summary }, args);

const END_SUMMARY = 'End the remote run';

export const cancelRun: EndpointActivities['cancelRun'] = (run) =>
  endpoint.cancelRun.executeWithOptions({ ...cleanup, summary: END_SUMMARY }, [run]);

export const cancelUnconfirmedRun: EndpointActivities['cancelUnconfirmedRun'] = (order) =>
  endpoint.cancelUnconfirmedRun.executeWithOptions({ ...cleanup, summary: END_SUMMARY }, [order]);

export const removeDuplicates: EndpointActivities['removeDuplicates'] = (...args) =>
  endpoint.removeDuplicates.executeWithOptions({ ...cleanup, summary: 'Look for what was created twice' }, args);

export const joinQueue: QueueActivities['joinQueue'] = (...args) => queue.joinQueue(...args);

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
