import type { NativeConnection } from '@temporalio/worker';
import type { BuiltInTools } from '../activities/execute-run/built-in-tools.ts';
import type { TurnObserver } from '../activities/execute-run/turn-observer.ts';
import type { ModelProvider } from '../providers/model/port.ts';
import type { Store } from '../store/database/open.ts';
import { createServerWorker } from '../workers/server-worker.ts';
import type { Config } from './config.ts';
import { startWorker, type RunningWorker } from './running-worker.ts';

export interface ServerWorkerParts {
  config: Config;
  store: Store;
  model: ModelProvider;
  connection: NativeConnection;
  namespace: string;
  observer?: TurnObserver;
  /** Tools that the server carries out itself. Default: none. */
  builtInTools?: BuiltInTools;
  /** How long work in progress may continue after a shutdown was requested, in milliseconds. Default: the worker's. */
  graceMs?: number | undefined;
}

/** Starts the program that executes the server's runs. */
export async function startServerWorker({ config, graceMs, ...parts }: ServerWorkerParts): Promise<RunningWorker> {
  const worker = await createServerWorker({
    ...parts,
    contextTokens: config.modelContextTokens,
    ...(graceMs !== undefined && { shutdownGraceTime: graceMs }),
  });
  return startWorker(worker);
}
