export { createWorker, type CreateWorkerOptions, type OrchestratorWorker } from './create-worker.ts';
export { TemporalUnreachableError } from '../contracts/temporal-unreachable.ts';
