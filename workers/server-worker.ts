import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { BuiltInTools } from '../activities/execute-run/built-in-tools.ts';
import { AttemptsInFlight } from '../activities/execute-run/attempts-in-flight.ts';
import type { TurnObserver } from '../activities/execute-run/turn-observer.ts';
import { createExecuteRunActivities } from '../activities/execute-run/model-turn.ts';
import { ProgressWriter } from '../activities/execute-run/progress-writer.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { ModelProvider } from '../providers/model/port.ts';
import type { Store } from '../store/database/open.ts';
import { workflowBundle } from './bundle.ts';
import { deploymentOptions, type WorkerDeployment } from '../temporal/deployment.ts';
import { commonProfile, workerProfile } from './profile.ts';
import { SupervisedWorker } from './supervised-worker.ts';
import { WatchedWorker } from './watched-worker.ts';

export interface ServerWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  store: Store;
  model: ModelProvider;
  /** The model's context window, in tokens. Default 128,000. */
  contextTokens?: number;
  observer?: TurnObserver;
  /** Tools that the server carries out itself. Default: none. */
  builtInTools?: BuiltInTools;
  /** Worker versioning. Default: TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID, else none. */
  deployment?: WorkerDeployment;
  /** How long work in progress may continue after a shutdown was requested. Default 30 seconds. */
  shutdownGraceTime?: NonNullable<WorkerOptions['shutdownGraceTime']>;
}

/** Creates the server worker: `executeRun` and its model turns. It is replaced by a new one whenever it fails. */
export async function createServerWorker(options: ServerWorkerOptions): Promise<SupervisedWorker> {
  const { store, model } = options;
  const activities = createExecuteRunActivities({
    store,
    model,
    attemptsInFlight: new AttemptsInFlight(store),
    progress: new ProgressWriter(store),
    ...(options.contextTokens !== undefined && { contextTokens: options.contextTokens }),
    ...(options.observer && { observer: options.observer }),
    ...(options.builtInTools && { builtInTools: options.builtInTools }),
  });
  const workerOptions: WorkerOptions = {
    ...commonProfile,
    ...workerProfile.runs,
    ...(options.shutdownGraceTime !== undefined && { shutdownGraceTime: options.shutdownGraceTime }),
    ...deploymentOptions(options.deployment),
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: taskQueues.runs,
    workflowBundle: await workflowBundle(),
    activities: { ...activities },
  };
  return SupervisedWorker.create(() => WatchedWorker.create({ ...workerOptions }));
}
