import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';

/** The most characters of an error's text. A longer text does not help, and would exceed Temporal's limits. */
const LONGEST = 4_000;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function textOf(thrown: unknown): string {
  try {
    return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? String(thrown));
  } catch {
    return String(thrown);
  }
}

/** The details, if they can be serialised and are short. Otherwise they would keep the failure from being reported. */
function detailsOf({ details }: ApplicationFailure): unknown[] | undefined {
  try {
    return details && JSON.stringify(details).length <= LONGEST ? details : undefined;
  } catch {
    return undefined;
  }
}

function causesOf(error: Error): string {
  const causes: string[] = [];
  for (let { cause } = error; cause instanceof Error && causes.length < 5; { cause } = cause) causes.push(cause.message);
  return causes.map((message) => ` (${message})`).join('');
}

/**
 * Converts what a handler has thrown into a failure that can always be reported to Temporal: its shortened text, and what
 * decides about retries. A cancellation stays unchanged. A value that throws when it is read is replaced, since it would end
 * the worker.
 */
export function toolFailure(thrown: unknown, cancelled: boolean): unknown {
  try {
    return readableFailure(thrown, cancelled);
  } catch {
    return ApplicationFailure.create({ type: 'Thrown', message: 'The tool threw something that cannot be read.' });
  }
}

function readableFailure(thrown: unknown, cancelled: boolean): unknown {
  if (thrown instanceof CompleteAsyncError || thrown instanceof CancelledFailure) return thrown;
  if (!(thrown instanceof Error)) return ApplicationFailure.create({ type: 'Thrown', message: cut(textOf(thrown)) });
  if (cancelled && thrown.name === 'AbortError') return thrown;
  const applicationFailure = thrown instanceof ApplicationFailure ? thrown : undefined;
  const details = applicationFailure && detailsOf(applicationFailure);
  const failure = ApplicationFailure.create({
    type: applicationFailure?.type ?? thrown.name,
    message: cut(thrown.message + causesOf(thrown)),
    nonRetryable: applicationFailure?.nonRetryable ?? false,
    ...(applicationFailure?.nextRetryDelay != null && { nextRetryDelay: applicationFailure.nextRetryDelay }),
    ...(applicationFailure?.category != null && { category: applicationFailure.category }),
    ...(details && { details }),
  });
  failure.stack = cut(thrown.stack ?? '');
  return failure;
}
