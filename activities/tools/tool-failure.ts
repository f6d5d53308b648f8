import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';

/** More of an error's text helps nobody, and would not fit through Temporal. */
const LONGEST = 4_000;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function textOf(thrown: unknown): string {
  try {
    return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? String(thrown));
  } catch {
    return String(thrown);
  }
}

/** Details that can be written, and are short; others would keep the failure from getting through. */
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
 * What a handler has thrown, so that it gets through Temporal whatever it is: text that is cut, and what decides about
 * retries. A cancel stays what it is. What throws when it is looked at would end the worker.
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
  const told = thrown instanceof ApplicationFailure ? thrown : undefined;
  const details = told && detailsOf(told);
  const failure = ApplicationFailure.create({
    type: told?.type ?? thrown.name,
    message: cut(thrown.message + causesOf(thrown)),
    nonRetryable: told?.nonRetryable ?? false,
    ...(told?.nextRetryDelay != null && { nextRetryDelay: told.nextRetryDelay }),
    ...(told?.category != null && { category: told.category }),
    ...(details && { details }),
  });
  failure.stack = cut(thrown.stack ?? '');
  return failure;
}
