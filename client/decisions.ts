import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { failureTypes } from '../contracts/failures.ts';
import { peopleUpdates, type AnswerInput, type ApproveInput, type DecidedCall, type RejectInput } from '../contracts/people.ts';
import { queueUpdates } from '../contracts/thread-session.ts';
import { requestFromWorker } from './request-from-worker.ts';
import { DecisionError, InvalidRunInputError, NotQueuedError } from './errors.ts';
import { messageInput } from './start-options.ts';

/** Temporal's failure type of an update whose workflow ended before it had answered. */
const ENDED_BEFORE_ANSWER = 'AcceptedUpdateCompletedWorkflow';

/** Translates the failure of an update into one of the client's errors. */
function translateFailure(error: unknown): unknown {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return error;
  const { type, message } = error.cause;
  if (type === failureTypes.notWaiting || type === failureTypes.invalidDecision) return new DecisionError(type, message, error);
  if (type === ENDED_BEFORE_ANSWER)
    return new DecisionError(failureTypes.notWaiting, 'Too late: the run ended just then.', error);
  if (type === failureTypes.notQueued) return new NotQueuedError(message, { cause: error });
  return type === failureTypes.invalidInput ? new InvalidRunInputError(message, { cause: error }) : error;
}

async function update<Result>(handle: WorkflowHandle, name: string, input: unknown): Promise<Result> {
  try {
    return await requestFromWorker(handle, () => handle.executeUpdate<Result, [unknown]>(name, { args: [input] }));
  } catch (error) {
    throw translateFailure(error);
  }
}

/** Only runs that were queued have handlers for `edit` and `withdraw`. @throws {NotQueuedError} */
async function requireQueued(pendingUpdate: Promise<void>): Promise<void> {
  try {
    await pendingUpdate;
  } catch (error) {
    const { cause } = error as Error;
    if (!(cause instanceof ApplicationFailure && cause.message.startsWith('No registered handler'))) throw error;
    throw new NotQueuedError(
      'The message was never queued: only runs of a session, and those that wait for a busy thread, are.',
      {
        cause: error,
      },
    );
  }
}

/** The updates that people send to a run. */
export const decide = {
  approve: (handle: WorkflowHandle, input: ApproveInput): Promise<DecidedCall> => update(handle, peopleUpdates.approve, input),
  reject: (handle: WorkflowHandle, input: RejectInput): Promise<DecidedCall> => update(handle, peopleUpdates.reject, input),
  answer: (handle: WorkflowHandle, input: AnswerInput): Promise<DecidedCall> => {
    try {
      JSON.stringify(input);
    } catch (error) {
      throw new DecisionError(failureTypes.invalidDecision, 'The output cannot be written as JSON.', error);
    }
    return update(handle, peopleUpdates.answer, input);
  },
  edit: (handle: WorkflowHandle, message: unknown): Promise<void> =>
    requireQueued(update(handle, queueUpdates.edit, { message: messageInput(message) })),
  withdraw: (handle: WorkflowHandle): Promise<void> => requireQueued(update(handle, queueUpdates.withdraw, {})),
};
