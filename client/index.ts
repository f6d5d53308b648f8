export { EndpointError } from '../contracts/endpoint-options.ts';
export { TemporalNamespaceError, TemporalUnreachableError } from '../temporal/unreachable.ts';
export { failureTypes, type FailureType } from '../contracts/failures.ts';
export type {
  BusyThreadPolicy,
  Duplicates,
  RunRetryPolicy,
  OrchestrateRunInput,
  OrchestrateRunResult,
  Reply,
  RunOverrides,
  ToolCallReport,
} from '../contracts/orchestrate-run.ts';
export type { DecidedCall, WaitingCall } from '../contracts/people.ts';
export { connect, type Assistants, type ConnectOptions, type SessionOptions } from './connect.ts';
export type { StartOptions } from './start-options.ts';
export type { QueuedRun, AskOptions, AssistantSession } from './session.ts';
export type { ListedRun, ListOptions } from './list-runs.ts';
export type { WaitingRunCall } from './waiting-calls.ts';
export {
  AssistantRunError,
  DecisionError,
  InvalidRunInputError,
  NotQueuedError,
  NoWorkerError,
  RunEventsError,
  RunNotFoundError,
  SessionFullError,
} from './errors.ts';
export type { AssistantRun, AssistantRunStatus } from './run.ts';
export type { RunEvent } from './run-events.ts';
export type { RunProgress } from './watch.ts';
export { formatProgress } from './format-progress.ts';
