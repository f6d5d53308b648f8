import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import type { ToolObserver } from '../activities/tools/tool-observer.ts';
import { createToolActivities } from '../activities/tools/tool-activities.ts';
import { endpointFrom, type EndpointOptions } from '../contracts/endpoint.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { Tool } from '../tools/define-tool.ts';
import { createToolRegistry } from '../tools/registry.ts';
import { workflowBundle } from './bundle.ts';
import { deploymentOptions, type WorkerDeployment } from './deployment.ts';
import { heedingSignals } from './heeding-signals.ts';
import { orchestratorActivities } from './orchestrator-activities.ts';
import { commonProfile, workerProfile } from './profile.ts';
import { connectNative, temporalTarget } from './temporal-connection.ts';

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
  /** Works until it is shut down, or the process gets SIGINT or SIGTERM. */
  run(): Promise<void>;
  /** Ends `run` when what is in progress has ended or its grace time is over. */
  shutdown(): void;
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
  const workers = [
    await Worker.create({
      ...common,
      ...workerProfile.orchestrator,
      taskQueue,
      workflowBundle: await workflowBundle(),
      activities: orchestratorActivities({ endpoint, registry, toolQueue, stopping: stopping.signal }),
    }),
  ];
  const toolActivities = createToolActivities(registry, options.observer);
  if (Object.keys(toolActivities).length > 0) {
    workers.push(
      await Worker.create({
        ...common,
        ...workerProfile.tools,
        taskQueue: toolQueue,
        activities: toolActivities,
      }),
    );
  }
  const stop = (): void => stopping.abort();
  const shutdown = (): void => {
    stop();
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    async run() {
      const failures: unknown[] = [];
      // One that fails takes the others with it: half a worker would only look alive.
      const runOne = (worker: Worker): Promise<void> =>
        worker.run().catch((error: unknown) => {
          failures.push(error);
          shutdown();
        });
      try {
        await heedingSignals(stop, () => Promise.all(workers.map(runOne)));
        if (failures.length > 0) throw failures[0];
      } finally {
        if (!options.connection) await connection.close();
      }
    },
    shutdown,
  };
}
