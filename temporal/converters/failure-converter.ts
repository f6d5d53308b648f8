import {
  ApplicationFailure,
  CancelledFailure,
  DefaultFailureConverter,
  TemporalFailure,
  type PayloadConverter,
  type ProtoFailure,
  type SerializationContext,
} from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { DEEPEST_CAUSE, encodableFailure, fitText, LONGEST_TEXT } from './failure-fields.ts';

/** Returns the result of `read`, or undefined if it throws: thrown values may have getters that throw. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const toText = (value: unknown): string | undefined => attempt(() => (value == null ? undefined : fitText(value)));

type Readable = Partial<Record<keyof ApplicationFailure, unknown>>;

function delayOf({ nextRetryDelay }: Readable): number | undefined {
  const milliseconds = attempt(() => msToNumber(nextRetryDelay as number));
  return milliseconds !== undefined && Number.isFinite(milliseconds) && milliseconds >= 0 ? milliseconds : undefined;
}

/** Copies the parts of a failure that can be read and encoded. */
function readable(thrown: Readable, converter: PayloadConverter): TemporalFailure {
  const message = attempt(() => toText(thrown.message)) ?? 'The thrown value cannot be read.';
  const details = attempt(() => thrown.details);
  const encodable = (Array.isArray(details) ? [...(details as unknown[])] : []).map((detail) =>
    attempt(() => [converter.toPayload(detail)]) ? detail : 'left out: it cannot be written',
  );
  const cancelled = attempt(() => thrown instanceof CancelledFailure) === true;
  const failure = cancelled
    ? new CancelledFailure(message, encodable)
    : ApplicationFailure.create({
        message,
        type: attempt(() => toText(thrown.type ?? thrown.name)) ?? 'Error',
        nonRetryable: attempt(() => thrown.nonRetryable) === true,
        details: encodable,
        ...(delayOf(thrown) !== undefined && { nextRetryDelay: delayOf(thrown)! }),
      });
  failure.stack = attempt(() => toText(thrown.stack)) ?? '';
  return failure;
}

/** Maximum length of a line of a stack, in characters: the SDK parses stacks with patterns that take quadratic time. */
const MAX_LINE_LENGTH = 500;

function cutStack(thrown: unknown): void {
  attempt(() => {
    const error = thrown as Error;
    if (!(error instanceof Error) || error.stack === undefined) return;
    const stack = error.stack.slice(0, LONGEST_TEXT + 1);
    const lines = stack.split('\n');
    if (stack.length <= LONGEST_TEXT && lines.every((line) => line.length <= MAX_LINE_LENGTH)) return;
    error.stack = fitText(lines.map((line) => line.slice(0, MAX_LINE_LENGTH)).join('\n'));
  });
}

/**
 * The cause, by the SDK's rules: values that are not errors have no cause, and a failure received from Temporal contains its own.
 */
function causeOf(thrown: unknown): unknown {
  return attempt(() => {
    const error = thrown as { message?: unknown; cause?: unknown; failure?: unknown } | null;
    if (typeof error !== 'object' || typeof error?.message !== 'string') return undefined;
    return error instanceof TemporalFailure && error.failure ? undefined : error.cause;
  });
}

/**
 * The SDK's converter, with a result that can always be encoded, whatever was thrown. Text from outside may contain lone
 * surrogates; Temporal's Rust core refuses to decode them, and the whole worker fails. Never throws.
 */
class EncodableFailureConverter extends DefaultFailureConverter {
  override errorToFailure(thrown: unknown, converter: PayloadConverter, context?: SerializationContext): ProtoFailure {
    const failures: ProtoFailure[] = [];
    const seen = new Set<unknown>();
    let next = thrown;
    do {
      seen.add(next);
      const failure = this.#convert(next, converter, context);
      failures.push(failure);
      next = failure.cause ? undefined : causeOf(next);
    } while (next && !seen.has(next) && failures.length <= DEEPEST_CAUSE + 1);
    return encodableFailure(failures.reduceRight((cause, failure) => ({ ...failure, cause })));
  }

  /** {@link errorToFailure} iterates over the causes instead: recursion over a long chain would overflow the stack. */
  override optionalErrorToOptionalFailure(): undefined {
    return undefined;
  }

  /** Converts one failure; includes its causes only if they came with it from Temporal. */
  #convert(thrown: unknown, converter: PayloadConverter, context?: SerializationContext): ProtoFailure {
    cutStack(thrown);
    return (
      attempt(() => encodableFailure(super.errorToFailure(thrown, converter, context))) ??
      attempt(() => super.errorToFailure(readable(thrown as Readable, converter), converter, context)) ?? {
        message: 'The thrown value cannot be read.',
        applicationFailureInfo: { type: 'Error' },
      }
    );
  }
}

/** Temporal's SDK loads this export by name: in workers, in clients, and in the workflow sandbox. */
export const failureConverter = new EncodableFailureConverter();
