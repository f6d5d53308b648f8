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

/** What `read` gives, or undefined where reading throws: whatever was thrown may have getters that do. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const say = (value: unknown): string | undefined => attempt(() => (value == null ? undefined : fitText(value)));

type Readable = Partial<Record<keyof ApplicationFailure, unknown>>;

function delayOf({ nextRetryDelay }: Readable): number | undefined {
  const milliseconds = attempt(() => msToNumber(nextRetryDelay as number));
  return milliseconds !== undefined && Number.isFinite(milliseconds) && milliseconds >= 0 ? milliseconds : undefined;
}

/** The same failure with what of it can be read and written. */
function readable(thrown: Readable, converter: PayloadConverter): TemporalFailure {
  const message = attempt(() => say(thrown.message)) ?? 'What was thrown cannot be read.';
  const details = attempt(() => thrown.details);
  const written = (Array.isArray(details) ? [...(details as unknown[])] : []).map((detail) =>
    attempt(() => [converter.toPayload(detail)]) ? detail : 'left out: it cannot be written',
  );
  const cancelled = attempt(() => thrown instanceof CancelledFailure) === true;
  const failure = cancelled
    ? new CancelledFailure(message, written)
    : ApplicationFailure.create({
        message,
        type: attempt(() => say(thrown.type ?? thrown.name)) ?? 'Error',
        nonRetryable: attempt(() => thrown.nonRetryable) === true,
        details: written,
        ...(delayOf(thrown) !== undefined && { nextRetryDelay: delayOf(thrown)! }),
      });
  failure.stack = attempt(() => say(thrown.stack)) ?? '';
  return failure;
}

/** Of one line of a stack, in characters: the SDK looks through it with patterns whose time grows with the square of that. */
const LONGEST_LINE = 500;

function cutStack(thrown: unknown): void {
  attempt(() => {
    const error = thrown as Error;
    if (!(error instanceof Error) || error.stack === undefined) return;
    const stack = error.stack.slice(0, LONGEST_TEXT + 1);
    const lines = stack.split('\n');
    if (stack.length <= LONGEST_TEXT && lines.every((line) => line.length <= LONGEST_LINE)) return;
    error.stack = fitText(lines.map((line) => line.slice(0, LONGEST_LINE)).join('\n'));
  });
}

/** As the SDK has it: of what is no error there is no cause, and a failure that came from Temporal brings its own. */
function causeOf(thrown: unknown): unknown {
  return attempt(() => {
    const error = thrown as { message?: unknown; cause?: unknown; failure?: unknown } | null;
    if (typeof error !== 'object' || typeof error?.message !== 'string') return undefined;
    return error instanceof TemporalFailure && error.failure ? undefined : error.cause;
  });
}

/**
 * The SDK's converter, but what it gives can always be encoded, whatever was thrown. Text from outside may hold half a
 * character, which ends a worker with all that it does: Temporal's Rust core refuses to decode it. Never throws.
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

  /** Causes are followed by {@link errorToFailure}, one after another: as many as there are would overflow the stack. */
  override optionalErrorToOptionalFailure(): undefined {
    return undefined;
  }

  /** One failure; its causes only where they came with it from Temporal. */
  #convert(thrown: unknown, converter: PayloadConverter, context?: SerializationContext): ProtoFailure {
    cutStack(thrown);
    return (
      attempt(() => encodableFailure(super.errorToFailure(thrown, converter, context))) ??
      attempt(() => super.errorToFailure(readable(thrown as Readable, converter), converter, context)) ?? {
        message: 'What was thrown cannot be read.',
        applicationFailureInfo: { type: 'Error' },
      }
    );
  }
}

/** Loaded by Temporal's SDK, by this name: in workers, in clients, and in the workflows' sandbox. */
export const failureConverter = new EncodableFailureConverter();
