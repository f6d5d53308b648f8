import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { ToolObserver } from '../activities/tools/tool-observer.ts';
import { createToolActivities } from '../activities/tools/tool-activities.ts';
import { endpointFrom, type EndpointOptions } from '../contracts/endpoint-options.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { Tool } from '../tools/define-tool.ts';
import { createToolRegistry } from '../tools/registry.ts';
import { workflowBundle } from './bundle.ts';
import { deploymentOptions, type WorkerDeployment } from './deployment.ts';
import { withShutdownSignals } from './shutdown-signals.ts';
import { orchestratorActivities } from './orchestrator-activities.ts';
import { commonProfile, workerProfile } from './profile.ts';
import { SupervisedWorker } from './supervised-worker.ts';
import { connectNative, temporalTarget } from './temporal-connection.ts';
import { WatchedWorker } from './watched-worker.ts';

export interface CreateWorkerOptions {
  /** The tools that assistants may call. All workers of one queue must have the same ones. */
  tools?: readonly Tool[];
  /** The Assistants v2 endpoint. Default: ASSISTANTS_BASE_URL and ASSISTANTS_API_KEY, else the local server. */
  endpoint?: Partial<EndpointOptions>;
  /** A connection to share. Default: a new one by TEMPORAL_* that is closed with the worker. */
  connection?: NativeConnection;
  namespace?: string;
  /** For the workflows and their waits; tools get a queue of their own, `<queue>-tools`. Default `assistants-orchestrator`. */
  taskQueue?: string;
  /** Told of every attempt of a tool call, for your metrics. */
  observer?: ToolObserver;
  /** Worker versioning. Default: TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID, else none. */
  deployment?: WorkerDeployment;
  /** How long tools in progress may go on after a shutdown was asked for. Default 30 seconds. */
  shutdownGraceTime?: NonNullable<WorkerOptions['shutdownGraceTime']>;
}

/** A worker for orchestrated runs. */
export interface OrchestratorWorker {
  /**
   * Works until it is shut down, or the process gets SIGINT or SIGTERM. Where Temporal's worker fails, that is logged by the
   * logger of Temporal's Runtime, and another one is made.
   */
  run(): Promise<void>;
  /** Ends `run` when what is in progress has ended or its grace time is over. */
  shutdown(): void;
  /** What keeps it from working just now, for a readiness check; null where nothing does. */
  readonly problem: string | null;
}

/**
 * Makes a worker that runs `orchestrateRun` and your tools, on two task queues.
 * @throws {ToolDefinitionError} for tools of one name; {EndpointError}; {TemporalUnreachableError}; {TemporalNamespaceError}
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
      // Its waits would go on, and nobody would hear of their end.
      void worker.failing.then(() => failed.abort());
      return worker;
    }),
  ];
  const toolActivities = createToolActivities(registry, options.observer);
  if (Object.keys(toolActivities).length > 0) {
    const toolOptions = { ...common, ...workerProfile.tools, taskQueue: toolQueue, activities: toolActivities };
    workers.push(await SupervisedWorker.create(() => WatchedWorker.create({ ...toolOptions })));
  }
  // Temporal's runtime shuts them down where a signal has come.
  const stop = (): void => {
    stopping.abort();
    for (const worker of workers) worker.makeNoMore();
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
