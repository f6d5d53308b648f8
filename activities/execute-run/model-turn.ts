import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import type { ExecuteRunActivities, ExecuteRunInput } from '../../contracts/execute-run.ts';
import { classifyHttpFailure } from '../../domain/http-failure.ts';
import type { NextForRun } from '../../domain/next-for-run.ts';
import { NO_USAGE } from '../../domain/usage.ts';
import { ModelCallError, type AnswerEnd, type ModelProvider } from '../../providers/model/port.ts';
import type { RunError } from '../../schemas/run.ts';
import type { ProjectContext } from '../../store/database/context.ts';
import type { Store } from '../../store/database/open.ts';
import { isClaimValid } from '../../store/turns/claim.ts';
import { abandonRun, claimTurn, endAbortedTurn, endTurn, finishTurn, releaseTurn } from '../../store/turns/turn.ts';
import type { TurnClaim } from '../../store/turns/turn-claim.ts';
import { TurnDraft } from './draft/turn-draft.ts';
import { withHeartbeats } from '../heartbeats.ts';
import { createBuiltInCallActivity } from './built-in-call.ts';
import { builtInNames, NO_BUILT_IN_TOOLS, type BuiltInTools } from './built-in-tools.ts';
import type { AttemptsInFlight } from './attempts-in-flight.ts';
import { prepareConversation } from './conversation.ts';
import { modelRequest } from './model-request.ts';
import type { ProgressWriter } from './progress-writer.ts';
import type { TurnKey, TurnObserver } from './turn-observer.ts';
import { WholeCharacters } from './whole-characters.ts';

export interface ExecuteRunDependencies {
  store: Store;
  model: ModelProvider;
  attemptsInFlight: AttemptsInFlight;
  progress: ProgressWriter;
  /** How often one turn's model call may fail before the run fails. Default 5. */
  modelMaxAttempts?: number;
  /** The model's context window, in tokens. Default 128,000. */
  contextTokens?: number;
  observer?: TurnObserver;
  /** Default: none. */
  builtInTools?: BuiltInTools;
}

const MODEL_MAX_ATTEMPTS = 5;
const CONTEXT_TOKENS = 128_000;
/** Back-off where the endpoint does not say how long to wait, in milliseconds. */
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/**
 * A claim that is older than this, in milliseconds, is checked before the model is called: another worker may have claimed the
 * turn, since Temporal retries an attempt that has sent no heartbeat for four seconds.
 */
const CLAIM_TRUSTED_MS = 3_000;

function runError(error: ModelCallError, attempts: number): RunError {
  const { status } = error.failure;
  const code =
    status === 429
      ? 'rate_limit_exceeded'
      : status === 400 || status === 413 || status === 422
        ? 'invalid_prompt'
        : 'server_error';
  const tried = attempts > 1 ? ` (after ${attempts} attempts)` : '';
  return { code, message: `The model call failed${tried}: ${error.message}` };
}

/** Fails the run for good, or throws the failure that makes Temporal retry the turn. */
async function afterModelFailure(
  context: ProjectContext,
  claim: TurnClaim,
  draft: TurnDraft,
  error: ModelCallError,
  { modelMaxAttempts: maxAttempts = MODEL_MAX_ATTEMPTS, observer }: ExecuteRunDependencies,
): Promise<NextForRun> {
  const observed = observedTurn(context, claim);
  const failureClass = classifyHttpFailure(error.failure, context.now());
  if (error.final || !failureClass.retryable) {
    observer?.modelGaveUp?.(observed, error);
    return endTurn(context, claim, draft, { to: 'failed', error: runError(error, 1) });
  }
  const failures = claim.failures + 1;
  const backoff = failureClass.retryAfterMs ?? Math.min(FIRST_BACKOFF_MS * 2 ** claim.failures, LONGEST_BACKOFF_MS);
  const tooLate = context.now().getTime() + backoff >= claim.expiresAt.getTime();
  if (failures >= maxAttempts || tooLate) {
    observer?.modelGaveUp?.(observed, error);
    return endTurn(context, claim, draft, { to: 'failed', error: runError(error, failures) });
  }
  const ended = await releaseTurn(context, claim, draft, { error: error.message, pauseMs: backoff });
  if (ended) return ended;
  observer?.modelRetried?.(observed, error, backoff);
  throw ApplicationFailure.create({
    type: 'ModelUnavailable',
    message: `${error.message} Trying again (failure ${failures} of ${maxAttempts}).`,
    nextRetryDelay: backoff,
    cause: error,
  });
}

function observedTurn({ projectId }: ProjectContext, { runId, turn }: TurnClaim): TurnKey {
  return { projectId, runId, turn };
}

/**
 * Handles an aborted call. The run was cancelled, expired, ended or was deleted, the claim became void, or this worker is
 * shutting down.
 */
async function afterAbort(context: ProjectContext, claim: TurnClaim, draft: TurnDraft): Promise<NextForRun> {
  const next = await endAbortedTurn(context, claim, draft);
  if (next.next !== 'turn') return next;
  const ended = await releaseTurn(context, claim, draft, { error: null });
  if (ended) return ended;
  throw ApplicationFailure.retryable('The worker released the turn before the model had answered.', 'TurnReleased');
}

/** Does a claimed turn: calls the model, writes its answer as it arrives, and returns what comes next. */
async function doTurn(
  context: ProjectContext,
  claim: TurnClaim,
  obsolete: AbortSignal,
  dependencies: ExecuteRunDependencies,
): Promise<NextForRun> {
  const { model, observer, progress } = dependencies;
  const builtInTools = dependencies.builtInTools ?? NO_BUILT_IN_TOOLS;
  const names = builtInNames(claim.settings, builtInTools);
  const draft = new TurnDraft(claim, context.now, names);
  const limit = claim.settings.max_completion_tokens;
  if (limit !== null && claim.usage.completion_tokens >= limit) {
    return endTurn(context, claim, draft, { to: 'incomplete', details: { reason: 'max_completion_tokens' } });
  }
  const conversation = await prepareConversation(context, claim, dependencies.contextTokens ?? CONTEXT_TOKENS);
  if (!conversation) {
    return endTurn(context, claim, draft, { to: 'incomplete', details: { reason: 'max_prompt_tokens' } });
  }
  const request = modelRequest(claim, conversation, builtInTools, names);
  // A host that slept must first read the time again.
  await context.clock.ready();
  if (context.now().getTime() - claim.claimedAt.getTime() > CLAIM_TRUSTED_MS && !(await isClaimValid(context, claim))) {
    return endAbortedTurn(context, claim, draft);
  }
  const claimVoid = new AbortController();
  const signal = AbortSignal.any([obsolete, claimVoid.signal, Context.current().cancellationSignal]);
  const observed = observedTurn(context, claim);
  const began = performance.now();
  const reportCall = (outcome: 'answered' | 'failed' | 'aborted'): void =>
    observer?.modelCalled?.(observed, outcome, (performance.now() - began) / 1_000);
  const writing = progress.begin(claim, draft, () => claimVoid.abort());
  const reader = new WholeCharacters(writing);
  let end: AnswerEnd;
  try {
    end = await model.complete(request, reader, signal);
  } catch (error) {
    await writing.stop();
    reportCall(signal.aborted ? 'aborted' : 'failed');
    if (signal.aborted) return afterAbort(context, claim, draft);
    if (error instanceof ModelCallError) return afterModelFailure(context, claim, draft, error, dependencies);
    throw error;
  }
  reader.end();
  await writing.stop();
  reportCall('answered');
  const { finishReason, usage, extras } = end;
  return finishTurn(context, claim, draft, { finishReason, usage: usage ?? NO_USAGE, extras: extras ?? null });
}

export function createExecuteRunActivities(dependencies: ExecuteRunDependencies): ExecuteRunActivities {
  const { store, attemptsInFlight } = dependencies;
  return {
    modelTurn({ projectId, runId }: ExecuteRunInput): Promise<NextForRun> {
      const context = store.project(projectId);
      // Heartbeats begin here: counting the tokens of a long thread takes time.
      return withHeartbeats(() =>
        attemptsInFlight.track(projectId, runId, async (obsolete, expireAt) => {
          const claimed = await claimTurn(context, runId);
          if (claimed.next !== 'claimed') return claimed;
          expireAt(claimed.claim.expiresAt);
          return doTurn(context, claimed.claim, obsolete, dependencies);
        }),
      );
    },

    builtInCall: createBuiltInCallActivity({
      store,
      attemptsInFlight,
      builtInTools: dependencies.builtInTools ?? NO_BUILT_IN_TOOLS,
    }),

    async abandonRun({ projectId, runId }: ExecuteRunInput): Promise<NextForRun> {
      return abandonRun(store.project(projectId), runId);
    },
  };
}
