export { createWorker, type CreateWorkerOptions, type OrchestratorWorker } from './orchestrator-worker.ts';
export { AssistantsPlugin, type AssistantsPluginOptions } from './plugin.ts';
export { workflowBundle } from './bundle.ts';
export type { WorkerDeployment } from '../temporal/deployment.ts';
export { EndpointError } from '../contracts/endpoint-options.ts';
export { TemporalNamespaceError, TemporalUnreachableError } from '../temporal/unreachable.ts';
