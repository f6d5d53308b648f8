import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
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
export function runEndedWithoutAnswer(run: RemoteRun, ended: AwaitedRun & { kind: 'failed' }, runs: number): ApplicationFailure {
  const name = `Run ${run.runId} on thread ${run.threadId}${runs > 1 ? `, the last of ${runs},` : ''}`;
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

export function deadlineExceeded(deadlineMs: number, run: RemoteRun | null, cleanup: string): ApplicationFailure {
  const name = run ? `Run ${run.runId}` : 'The message';
  return failure(failureTypes.deadlineExceeded, `${name} was not done within its deadline of ${deadlineMs} ms; ${cleanup}`, run);
}

export function roundDeadlineExceeded(deadlineMs: number, run: RemoteRun): ApplicationFailure {
  const message = `A round of run ${run.runId} was not done within its deadline of ${deadlineMs} ms.`;
  return failure(failureTypes.deadlineExceeded, message, run);
}

/** An activity's own failure, without the ActivityFailure that Temporal wraps around it. */
function innermost(error: unknown): ApplicationFailure | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? cause : undefined;
}

/** Why an activity failed: the message of the innermost cause of its last attempt. */
export function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error ? reason.message : String(reason);
}

const REFUSALS: ReadonlySet<string> = new Set([failureTypes.invalidInput, failureTypes.endpointRefused, failureTypes.threadBusy]);

/** Whether the endpoint, or the validation of the input, refused the request: nothing was created. */
export function isRefusal(error: unknown): boolean {
  return REFUSALS.has(innermost(error)?.type ?? '');
}

/** Whether retrying cannot help. */
export function isFinal(error: unknown): boolean {
  return innermost(error)?.nonRetryable === true;
}

/** By the clock the run should have expired, but its endpoint says that it still waits. */
export function stillWaiting(run: RemoteRun): ApplicationFailure {
  const message = `The tools of run ${run.runId} were not done when it should have expired, and its endpoint lets it wait.`;
  return failure(failureTypes.toolFailed, message, run);
}

/** The arguments of a call are invalid, and its tool is defined to fail the run then. */
export function badArguments(tool: string, why: string, run: RemoteRun): ApplicationFailure {
  return failure(failureTypes.invalidArguments, `The assistant called '${tool}' wrongly: ${why} (run ${run.runId})`, run);
}

/** All outputs of a round go through Temporal in one payload. */
export function outputsTooLarge(bytes: number, run: RemoteRun): ApplicationFailure {
  return failure(
    failureTypes.toolFailed,
    `The outputs of one round have ${bytes} bytes together; at most ${ROUND_LIMIT_BYTES} can be submitted. Return less, or references.`,
    run,
  );
}

/** The failure of a tool that failed permanently or could not be called at all; null if it was cancelled. */
export function toolFailed(name: string, error: unknown, run: RemoteRun): ApplicationFailure | null {
  if (isCancellation(error) || !(error instanceof Error)) return null;
  const why = error instanceof ActivityFailure ? (error.cause?.message ?? error.message) : error.message;
  return failure(failureTypes.toolFailed, `The tool '${name}' failed: ${why} (run ${run.runId})`, run, error);
}

/** Keeps the type of an endpoint's failure, so that callers see `ThreadBusy` and not `ActivityFailure`. */
export function endpointFailed(error: unknown, run: RemoteRun | null): unknown {
  const cause = innermost(error);
  if (!cause || error instanceof ApplicationFailure) return error;
  return failure(cause.type ?? failureTypes.endpointUnavailable, cause.message, run, error as Error);
}
