import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
  type WorkflowFailedError,
} from '@temporalio/client';
import type { FailureType } from '../contracts/failures.ts';
import type { RunMemo } from './run-memo.ts';

/** The input of a run is invalid. Nothing was started. */
export class InvalidRunInputError extends Error {
  override readonly name = 'InvalidRunInputError';
}

/** The events of a run cannot be read from its endpoint. */
export class RunEventsError extends Error {
  override readonly name = 'RunEventsError';
}

/** There is no workflow with that id. */
export class RunNotFoundError extends Error {
  override readonly name = 'RunNotFoundError';
  /** The ids as they were last known; undefined if they never were. */
  readonly threadId: string | undefined;
  readonly runId: string | undefined;

  constructor(message: string, known: { threadId?: string | undefined; runId?: string | undefined }, options?: ErrorOptions) {
    const { threadId, runId } = known;
    super(runId === undefined ? message : `${message} Its run ${runId} on thread ${threadId} may still be active.`, options);
    this.threadId = threadId;
    this.runId = runId;
  }
}

/** A decision about a call was refused: the call does not wait, or the decision is invalid for it. */
export class DecisionError extends Error {
  override readonly name = 'DecisionError';
  readonly type: 'NotWaiting' | 'InvalidDecision';

  constructor(type: DecisionError['type'], message: string, cause: unknown) {
    super(message, { cause });
    this.type = type;
  }
}

/** No worker answered in time. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';
}

/** The message is not queued: it can be edited or withdrawn only while it is. */
export class NotQueuedError extends Error {
  override readonly name = 'NotQueuedError';
}

/** The queue of the thread is full. */
export class SessionFullError extends Error {
  override readonly name = 'SessionFullError';
}

/** The run ended without an answer. */
export class AssistantRunError extends Error {
  override readonly name = 'AssistantRunError';
  /** The type of the workflow's failure, or how Temporal closed the workflow. */
  readonly type: FailureType | 'Cancelled' | 'Terminated' | 'TimedOut' | (string & {});
  readonly workflowId: string;
  /** Undefined if the run was never created. */
  readonly threadId: string | undefined;
  readonly runId: string | undefined;

  constructor(
    workflowId: string,
    type: AssistantRunError['type'],
    message: string,
    cause: unknown,
    remote?: { threadId?: string; runId?: string },
  ) {
    super(message, { cause });
    this.type = type;
    this.workflowId = workflowId;
    this.threadId = remote?.threadId;
    this.runId = remote?.runId;
  }
}

/** `memo`: the workflow's memo, which has the ids of its run. The failures of cancels and terminates do not. */
export function fromWorkflowFailure(workflowId: string, error: WorkflowFailedError, memo: RunMemo): AssistantRunError {
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    const remote = cause.details?.[0] as { threadId?: string; runId?: string } | undefined;
    return new AssistantRunError(workflowId, cause.type ?? 'Unknown', cause.message, error, remote ?? memo);
  }
  if (cause instanceof CancelledFailure) {
    const note = memo.leftBehind ? ' Its remote run could not be cancelled and ends at its own expiry.' : '';
    return new AssistantRunError(workflowId, 'Cancelled', `The run was cancelled.${note}`, error, memo);
  }
  if (cause instanceof TerminatedFailure) {
    const message = 'The workflow was terminated; its remote run is left to its own expiry.';
    return new AssistantRunError(workflowId, 'Terminated', message, error, memo);
  }
  if (cause instanceof TimeoutFailure) {
    const message = 'The workflow timed out; its remote run is left to its own expiry.';
    return new AssistantRunError(workflowId, 'TimedOut', message, error, memo);
  }
  return new AssistantRunError(workflowId, 'Unknown', cause?.message ?? error.message, error);
}
