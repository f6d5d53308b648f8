import { ApplicationFailure } from '@temporalio/common';
import { classifyHttpFailure, type HttpFailure } from '../domain/http-failure.ts';

export interface FailureDescription {
  /** Failure type as Temporal shows it. */
  type: string;
  message: string;
  cause: Error | undefined;
}

/**
 * An HTTP failure as Temporal's retry understands it: final, or retryable after the time that the other side asked for,
 * else after the activity's own back-off.
 */
export function httpApplicationFailure(failure: HttpFailure, description: FailureDescription): ApplicationFailure {
  const verdict = classifyHttpFailure(failure, new Date());
  return ApplicationFailure.create({
    type: description.type,
    message: description.message,
    nonRetryable: !verdict.retryable,
    ...(verdict.retryAfterMs !== undefined && { nextRetryDelay: verdict.retryAfterMs }),
    ...(description.cause && { cause: description.cause }),
  });
}
