import type { NativeConnection } from '@temporalio/worker';
import type { ToolObserver } from '../activities/tools/tool-observer.ts';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import type { Tool } from '../tools/define-tool.ts';
import { createWorker } from '../workers/orchestrator-worker.ts';
import { startWorker, type RunningWorker } from './running-worker.ts';

export interface OrchestratorWorkerParts {
  tools: readonly Tool[];
  endpoint: Partial<EndpointOptions>;
  connection: NativeConnection;
  namespace: string;
  observer?: ToolObserver | undefined;
  /** How long tools in progress may continue after a shutdown was requested, in milliseconds. Default: the worker's. */
  graceMs?: number | undefined;
}

/** Starts the program that executes orchestrated runs and their tools. */
export async function startOrchestratorWorker(parts: OrchestratorWorkerParts): Promise<RunningWorker> {
  const { observer, graceMs, ...options } = parts;
  const worker = await createWorker({
    ...options,
    ...(observer && { observer }),
    ...(graceMs !== undefined && { shutdownGraceTime: graceMs }),
  });
  return startWorker(worker);
}
