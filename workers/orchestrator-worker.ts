import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { ToolObserver } from '../activities/tools/tool-observer.ts';
import { createToolActivities } from '../activities/tools/tool-activities.ts';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import { endpointFrom } from '../environment/endpoint.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { Tool } from '../tools/define-tool.ts';
import { createToolRegistry } from '../tools/registry.ts';
import { workflowBundle } from './bundle.ts';
import { deploymentOptions, type WorkerDeployment } from '../temporal/deployment.ts';
import { withShutdownSignals } from './shutdown-signals.ts';
import { orchestratorActivities } from './orchestrator-activities.ts';
import { commonProfile, workerProfile } from './profile.ts';
import { SupervisedWorker } from './supervised-worker.ts';
import { connectNative, temporalTarget } from '../temporal/native-connection.ts';
import { WatchedWorker } from './watched-worker.ts';

export interface CreateWorkerOptions {
  /** The tools that assistants may call. All workers of one task queue must have the same tools. */
  tools?: readonly Tool[];
  /** The Assistants v2 endpoint. Default: ASSISTANTS_BASE_URL and ASSISTANTS_API_KEY, else the local server. */
  endpoint?: Partial<EndpointOptions>;
  /** A connection to share. Default: a new one, configured by TEMPORAL_* and closed with the worker. */
  connection?: NativeConnection;
  namespace?: string;
  /** Task queue of the workflows and their activities; tools use `<queue>-tools`. Default `assistants-orchestrator`. */
  taskQueue?: string;
  /** Called for every attempt of a tool call, for your metrics. */
  observer?: ToolObserver;
  /** Worker versioning. Default: TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID, else none. */
  deployment?: WorkerDeployment;
  /** How long tools in progress may continue after a shutdown was requested. Default 30 seconds. */
  shutdownGraceTime?: NonNullable<WorkerOptions['shutdownGraceTime']>;
}

/** A worker for orchestrated runs. */
export interface OrchestratorWorker {
  /**
   * Runs until `shutdown()`, SIGINT or SIGTERM. If Temporal's worker fails, the failure is logged
   * with the logger of Temporal's Runtime, and the worker is replaced by a new one.
   */
  run(): Promise<void>;
  /** Ends `run` once everything in progress has ended, or the grace time is over. */
  shutdown(): void;
  /** What prevents the worker from working now, for a readiness check; null if nothing does. */
  readonly problem: string | null;
}

/**
 * Creates a worker that executes `orchestrateRun` and your tools, on two task queues.
 * @throws {ToolDefinitionError} if two tools have the same name; {EndpointError}; {TemporalUnreachableError};
 * {TemporalNamespaceError}
 */
export async function createWorker(options: CreateWorkerOptions = {}): Promise<OrchestratorWorker> {
  const registry = createToolRegistry(options.tools ?? []);
  const endpoint = endpointFrom(options.endpoint);
  const target = temporalTarget();
  const connection = options.connection ?? (await connectNative(target));
  const taskQueue = options.taskQueue ?? taskQueues.orchestrator;
  const toolQueue = options.taskQueue === undefined ? taskQueues.tools : `${options.taskQueue}-tools`;
  const stopping = new AbortController();
  const common = {
    ...commonProfile,
    ...(options.shutdownGraceTime !== undefined && { shutdownGraceTime: options.shutdownGraceTime }),
    connection,
    namespace: options.namespace ?? target.namespace,
    ...deploymentOptions(options.deployment),
  };
  const bundle = await workflowBundle();
  const workers = [
    await SupervisedWorker.create(async () => {
      const failed = new AbortController();
      const stoppingOrFailed = AbortSignal.any([stopping.signal, failed.signal]);
      const worker = await WatchedWorker.create({
        ...common,
        ...workerProfile.orchestrator,
        taskQueue,
        workflowBundle: bundle,
        activities: orchestratorActivities({ endpoint, registry, toolQueue, stopping: stoppingOrFailed }),
      });
      // Otherwise the activities that wait for runs would go on, although a failed worker cannot report their results.
      void worker.failing.then(() => failed.abort());
      return worker;
    }),
  ];
  const toolActivities = createToolActivities(registry, options.observer);
  if (Object.keys(toolActivities).length > 0) {
    const toolOptions = { ...common, ...workerProfile.tools, taskQueue: toolQueue, activities: toolActivities };
    workers.push(await SupervisedWorker.create(() => WatchedWorker.create({ ...toolOptions })));
  }
  // On a signal, Temporal's Runtime shuts the workers down itself.
  const stop = (): void => {
    stopping.abort();
    for (const worker of workers) worker.stopReplacing();
  };
  return {
    async run() {
      try {
        await withShutdownSignals(stop, () => Promise.all(workers.map((worker) => worker.run())));
      } finally {
        if (!options.connection) await connection.close();
      }
    },
    shutdown() {
      stopping.abort();
      for (const worker of workers) worker.shutdown();
    },
    get problem() {
      return workers.map(({ problem }) => problem).find((problem) => problem !== null) ?? null;
    },
  };
}
