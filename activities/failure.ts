import { ApplicationFailure } from '@temporalio/common';
import { classifyHttpFailure, type HttpFailure } from '../domain/http-failure.ts';

export interface FailureDescription {
  /** The failure type that Temporal shows. */
  type: string;
  message: string;
  cause: Error | undefined;
}

/**
 * Converts an HTTP failure for Temporal's retries: it is non-retryable, or retryable after the delay that the endpoint asked
 * for, otherwise after the activity's own back-off.
 */
export function httpApplicationFailure(failure: HttpFailure, description: FailureDescription): ApplicationFailure {
  const failureClass = classifyHttpFailure(failure, new Date());
  return ApplicationFailure.create({
    type: description.type,
    message: description.message,
    nonRetryable: !failureClass.retryable,
    ...(failureClass.retryAfterMs !== undefined && { nextRetryDelay: failureClass.retryAfterMs }),
    ...(description.cause && { cause: description.cause }),
  });
}
