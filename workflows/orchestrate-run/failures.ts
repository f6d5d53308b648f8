import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/workflow';
import { failureTypes } from '../../contracts/failures.ts';
import { ROUND_LIMIT_BYTES } from '../../contracts/limits.ts';
import type { AwaitedRun, RemoteRun } from '../../contracts/orchestrate-run.ts';

function failure(type: string, message: string, run: RemoteRun | null, cause?: Error): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: true,
    ...(run && { details: [{ threadId: run.threadId, runId: run.runId }] }),
    ...(cause && { cause }),
  });
}

/** The run ended without an answer. */
export function endedWithout(run: RemoteRun, ended: AwaitedRun & { kind: 'failed' }): ApplicationFailure {
  const name = `Run ${run.runId} on thread ${run.threadId}`;
  switch (ended.status) {
    case 'failed': {
      const why = ended.error ? `${ended.error.code}: ${ended.error.message}` : 'the endpoint gave no reason';
      return failure(failureTypes.runFailed, `${name} failed: ${why}`, run);
    }
    case 'expired':
      return failure(
        failureTypes.runExpired,
        `${name} expired before its tool outputs were in. Use quicker tools, or a server with a longer RUN_EXPIRES_AFTER.`,
        run,
      );
    case 'cancelled':
      return failure(failureTypes.runCancelled, `${name} was cancelled by someone else.`, run);
  }
}

export function deadlineExceeded(deadlineMs: number, run: RemoteRun | null, left: string): ApplicationFailure {
  const name = run ? `Run ${run.runId}` : 'The run';
  return failure(failureTypes.deadlineExceeded, `${name} did not end within its deadline of ${deadlineMs} ms; ${left}`, run);
}

/** An activity's own failure, without the layer that Temporal puts around it. */
function innermost(error: unknown): ApplicationFailure | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? cause : undefined;
}

const REFUSALS: ReadonlySet<string> = new Set([failureTypes.invalidInput, failureTypes.endpointRefused, failureTypes.threadBusy]);

/** The endpoint, or the check of the input, said no: nothing was done. */
export function isRefusal(error: unknown): boolean {
  return REFUSALS.has(innermost(error)?.type ?? '');
}

/** All outputs of a round go through Temporal in one payload. */
export function outputsTooLarge(bytes: number, run: RemoteRun): ApplicationFailure {
  return failure(
    failureTypes.toolFailed,
    `The outputs of one round have ${bytes} bytes together; at most ${ROUND_LIMIT_BYTES} can be submitted. Return less, or references.`,
    run,
  );
}

export function toolFailed(name: string, error: unknown, run: RemoteRun): unknown {
  if (!(error instanceof ActivityFailure) || error.cause instanceof CancelledFailure) return error;
  const why = error.cause?.message ?? error.message;
  return failure(failureTypes.toolFailed, `The tool '${name}' failed: ${why} (run ${run.runId})`, run, error);
}

/** A failure of the endpoint keeps its type, so that callers see `ThreadBusy` and not `ActivityFailure`. */
export function endpointFailed(error: unknown, run: RemoteRun | null): unknown {
  const cause = innermost(error);
  if (!cause || error instanceof ApplicationFailure) return error;
  return failure(cause.type ?? failureTypes.endpointUnavailable, cause.message, run, error as Error);
}
