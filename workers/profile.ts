import type { WorkerOptions } from '@temporalio/worker';
import { converterPaths } from '../temporal/converters/converter-paths.ts';
import { readableErrors } from './readable-errors.ts';

/**
 * The settings of our workers, in one table; docs/design/engine-profile.md has the measurements behind them. Runs of the server,
 * waits of the orchestrator, and tools each have workers and activity slots of their own, so that none starves the others.
 */
export const workerProfile = {
  runs: { maxConcurrentActivityTaskExecutions: 200 },
  orchestrator: { maxConcurrentActivityTaskExecutions: 2_000 },
  tools: { maxConcurrentActivityTaskExecutions: 100 },
} as const satisfies Record<string, Partial<WorkerOptions>>;

export const commonProfile = {
  // No thrown value and no text may crash a worker.
  dataConverter: converterPaths,
  interceptors: { activity: [readableErrors] },
  // After this a workflow task is no longer reserved for the worker that has the workflow cached, which may be dead.
  stickyQueueScheduleToStartTimeout: '1 second',
  // Runs that wait for days must not fill the memory: each cached workflow takes half a megabyte.
  maxCachedWorkflows: 250,
  // An activity learns of a cancel with its next heartbeat.
  maxHeartbeatThrottleInterval: '1 second',
  defaultHeartbeatThrottleInterval: '1 second',
  shutdownGraceTime: '30 seconds',
} satisfies Partial<WorkerOptions>;
