import { CancelledFailure } from '@temporalio/common';
import { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import { failureTypes, type FailureType } from '../../contracts/failures.ts';
import { httpApplicationFailure } from '../failure.ts';

const ACTIVE_RUN = /already has an active run|while a run run_\w+ is active/;

function typeOf(error: APIError, notFound: FailureType): FailureType {
  const status = error.status;
  if (status === 401 || status === 403) return failureTypes.endpointRefused;
  if (status === 400 && ACTIVE_RUN.test(error.message)) return failureTypes.threadBusy;
  if (status === undefined || status === 408 || status === 409 || status === 429 || status >= 500) {
    return failureTypes.endpointUnavailable;
  }
  return status === 404 ? notFound : failureTypes.invalidInput;
}

/**
 * Converts an error of the `openai` package into a failure of an activity. Errors of other kinds are returned unchanged. A 404
 * means that the run is gone, unless `notFound` says otherwise.
 */
export function endpointFailure(operation: string, error: unknown, notFound: FailureType = failureTypes.runGone): unknown {
  // Only the activity's own signal aborts a request, so the activity was cancelled.
  if (error instanceof APIUserAbortError) return new CancelledFailure(`${operation}: cancelled`);
  if (!(error instanceof APIError)) return error;
  const headers = Object.fromEntries((error.headers as Headers | undefined)?.entries() ?? []);
  const cause = error instanceof APIConnectionError && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return httpApplicationFailure(
    { status: error.status as number | undefined, headers, code: error.code },
    { type: typeOf(error, notFound), message: `${operation}: ${error.message}${cause}`, cause: error },
  );
}

/** Sends a request to the endpoint and converts its errors into failures for Temporal. */
export async function sendRequest<T>(operation: string, request: () => Promise<T>, notFound?: FailureType): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw endpointFailure(operation, error, notFound);
  }
}
