import type { WorkerOptions } from '@temporalio/worker';
import { converterPaths } from '../temporal/converter-paths.ts';
import { readableErrors } from './readable-errors.ts';

/**
 * How our workers are set, as one table; the reasons are measured in docs/design/engine-profile.md. Slots: runs of a server,
 * waits of the orchestrator and tools have workers and slots of their own, so that none starves another.
 */
export const workerProfile = {
  runs: { maxConcurrentActivityTaskExecutions: 200 },
  orchestrator: { maxConcurrentActivityTaskExecutions: 2_000 },
  tools: { maxConcurrentActivityTaskExecutions: 100 },
} as const satisfies Record<string, Partial<WorkerOptions>>;

export const commonProfile = {
  // Nothing that is thrown, and no text, may end a worker.
  dataConverter: converterPaths,
  interceptors: { activity: [readableErrors] },
  // A worker that died is passed over after this.
  stickyQueueScheduleToStartTimeout: '1 second',
  // Runs that wait for days must not fill the memory: half a megabyte each.
  maxCachedWorkflows: 250,
  // A cancel reaches an activity with its next heartbeat.
  maxHeartbeatThrottleInterval: '1 second',
  defaultHeartbeatThrottleInterval: '1 second',
  shutdownGraceTime: '30 seconds',
} satisfies Partial<WorkerOptions>;
