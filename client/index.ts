export { TemporalUnreachableError } from '../contracts/temporal-unreachable.ts';
export { failureTypes, type FailureType } from '../contracts/failures.ts';
export type { OrchestrateRunResult, Reply, RunOverrides, ToolCallReport } from '../contracts/orchestrate-run.ts';
export { connect, type Assistants, type ConnectOptions, type StartOptions } from './connect.ts';
export { AssistantRunError, InvalidRunInputError, RunEventsError, RunNotFoundError } from './errors.ts';
export type { AssistantRun, AssistantRunStatus } from './run.ts';
export type { RunEvent } from './run-events.ts';
export type { RunProgress } from './watch.ts';
export { formatProgress } from './format-progress.ts';
