import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import type { BuiltInCallInput } from '../../contracts/execute-run.ts';
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
const MAX_ATTEMPTS = 5;

async function carryOut(
  context: ProjectContext,
  claim: BuiltInCallClaim,
  obsolete: AbortSignal,
  builtInTools: BuiltInTools,
): Promise<NextForRun> {
  const { call, runId, threadId } = claim;
  const { info, cancellationSignal } = Context.current();
  const tool = builtInTools.get(call.type);
  if (!tool) return failBuiltInCall(context, claim, `This server does not offer the tool '${call.type}'.`);
  const signal = AbortSignal.any([obsolete, cancellationSignal]);
  try {
    const result = await tool.execute(call, { projectId: context.projectId, threadId, runId, signal });
    return await finishBuiltInCall(context, claim, result);
  } catch (error) {
    if (!signal.aborted && info.attempt >= MAX_ATTEMPTS) {
      return failBuiltInCall(context, claim, `The tool '${call.type}' could not be used (after ${info.attempt} attempts).`);
    }
    const why = error instanceof Error ? error.message : String(error);
    const next = await releaseBuiltInCall(context, claim, signal.aborted ? null : why);
    if (next.next !== 'built_in_call') return next;
    throw signal.aborted
      ? ApplicationFailure.retryable('The worker released the call before it was carried out.', 'BuiltInCallReleased')
      : error;
  }
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
