import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import type { BuiltInCallInput } from '../../contracts/execute-run.ts';
import type { BuiltInToolResult } from '../../domain/tool-call.ts';
import type { NextForRun } from '../../domain/next-for-run.ts';
import type { ProjectContext } from '../../store/database/context.ts';
import type { Store } from '../../store/database/open.ts';
import {
  claimBuiltInCall,
  failBuiltInCall,
  finishBuiltInCall,
  releaseBuiltInCall,
  type BuiltInCallClaim,
} from '../../store/turns/built-in-call.ts';
import { withHeartbeats } from '../heartbeats.ts';
import type { BuiltInTools } from './built-in-tools.ts';
import type { AttemptsInFlight } from './attempts-in-flight.ts';

export interface BuiltInCallDependencies {
  store: Store;
  attemptsInFlight: AttemptsInFlight;
  builtInTools: BuiltInTools;
}

/** How often a call may throw before the run fails. */
const MAX_FAILURES = 5;
/** Back-off after the first failure, in milliseconds; it doubles each time. */
const FIRST_BACKOFF_MS = 250;

/** The run was cancelled, has expired or is gone, or this worker is shutting down. */
async function afterAbort(context: ProjectContext, claim: BuiltInCallClaim): Promise<NextForRun> {
  const next = await releaseBuiltInCall(context, claim, { error: null });
  if (next.next !== 'built_in_call') return next;
  throw ApplicationFailure.retryable('The worker released the call before it was carried out.', 'BuiltInCallReleased');
}

/** Fails the run for good, or throws the failure that makes Temporal retry the call. */
async function afterFailure(context: ProjectContext, claim: BuiltInCallClaim, error: unknown): Promise<NextForRun> {
  const failures = claim.failures + 1;
  if (failures >= MAX_FAILURES) {
    return failBuiltInCall(context, claim, `The tool '${claim.call.type}' could not be used (after ${failures} attempts).`);
  }
  const message = error instanceof Error ? error.message : String(error);
  const backoff = FIRST_BACKOFF_MS * 2 ** claim.failures;
  const next = await releaseBuiltInCall(context, claim, { error: message, pauseMs: backoff });
  if (next.next !== 'built_in_call') return next;
  throw ApplicationFailure.create({
    type: 'BuiltInToolFailed',
    message: `${message} Trying again (failure ${failures} of ${MAX_FAILURES}).`,
    nextRetryDelay: backoff,
    ...(error instanceof Error && { cause: error }),
  });
}

async function carryOut(
  context: ProjectContext,
  claim: BuiltInCallClaim,
  obsolete: AbortSignal,
  builtInTools: BuiltInTools,
): Promise<NextForRun> {
  const { call, runId, threadId } = claim;
  const tool = builtInTools.get(call.type);
  if (!tool) return failBuiltInCall(context, claim, `This server does not offer the tool '${call.type}'.`);
  const signal = AbortSignal.any([obsolete, Context.current().cancellationSignal]);
  let result: BuiltInToolResult;
  try {
    result = await tool.execute(call, { projectId: context.projectId, threadId, runId, signal });
  } catch (error) {
    return signal.aborted ? afterAbort(context, claim) : afterFailure(context, claim, error);
  }
  // An error of the database is none of the tool: Temporal tries the attempt again.
  return finishBuiltInCall(context, claim, result);
}

/** The activity that carries out one call of a built-in tool. */
export function createBuiltInCallActivity(dependencies: BuiltInCallDependencies) {
  const { store, attemptsInFlight, builtInTools } = dependencies;
  return ({ projectId, runId, callId }: BuiltInCallInput): Promise<NextForRun> => {
    const context = store.project(projectId);
    return withHeartbeats(() =>
      attemptsInFlight.track(projectId, runId, async (obsolete, expireAt) => {
        const claimed = await claimBuiltInCall(context, runId, callId);
        if (claimed.next !== 'claimed') return claimed;
        expireAt(claimed.claim.expiresAt);
        return carryOut(context, claimed.claim, obsolete, builtInTools);
      }),
    );
  };
}
