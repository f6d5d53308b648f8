import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import type { ExecuteRunActivities, ExecuteRunInput } from '../../contracts/execute-run.ts';
import { judgeHttpFailure } from '../../domain/http-failure.ts';
import type { NextForRun } from '../../domain/next-for-run.ts';
import { ModelCallError, type ModelAnswer, type ModelProvider } from '../../providers/model/port.ts';
import type { RunError } from '../../schemas/run.ts';
import type { ProjectContext } from '../../store/context.ts';
import type { Store } from '../../store/open.ts';
import { loadConversation } from '../../store/runs/context.ts';
import {
  abandonRun,
  claimTurn,
  concludeAborted,
  failTurn,
  finishTurn,
  releaseTurn,
  type TurnClaim,
} from '../../store/runs/turn.ts';
import { whileBeating } from '../heartbeat.ts';
import type { CallsInFlight } from './calls-in-flight.ts';
import { modelRequest, turnOutcome } from './model-request.ts';
import type { ObservedTurn, TurnObserver } from './turn-observer.ts';

export interface ExecuteRunDependencies {
  store: Store;
  model: ModelProvider;
  callsInFlight: CallsInFlight;
  /** How often one turn's model call may fail before the run does. Default 5. */
  modelMaxAttempts?: number;
  observer?: TurnObserver;
}

const MODEL_MAX_ATTEMPTS = 5;
/** Back-off where the endpoint does not say how long to wait, in milliseconds. */
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

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

/** Fails the run for good, or throws what makes Temporal try the turn again. */
async function afterModelFailure(
  context: ProjectContext,
  claim: TurnClaim,
  error: ModelCallError,
  { modelMaxAttempts: maxAttempts = MODEL_MAX_ATTEMPTS, observer }: ExecuteRunDependencies,
): Promise<NextForRun> {
  const observed = observedTurn(context, claim);
  const verdict = judgeHttpFailure(error.failure, context.now());
  if (!verdict.retryable) {
    observer?.modelGaveUp?.(observed, error);
    return failTurn(context, claim, runError(error, 1));
  }
  const failures = await releaseTurn(context, claim, true);
  if (failures === 0) return concludeAborted(context, claim);
  const backoff = verdict.retryAfterMs ?? Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS);
  const tooLate = context.now().getTime() + backoff >= claim.expiresAt.getTime();
  if (failures >= maxAttempts || tooLate) {
    observer?.modelGaveUp?.(observed, error);
    return failTurn(context, claim, runError(error, failures));
  }
  observer?.modelRetried?.(observed, error, backoff);
  throw ApplicationFailure.create({
    type: 'ModelUnavailable',
    message: `${error.message} Trying again (failure ${failures} of ${maxAttempts}).`,
    nextRetryDelay: backoff,
    cause: error,
  });
}

function observedTurn({ projectId }: ProjectContext, { runId, turn }: TurnClaim): ObservedTurn {
  return { projectId, runId, turn };
}

/** The call was broken off: by a cancel, by expiry, or because this worker is going away. */
async function afterAbort(context: ProjectContext, claim: TurnClaim): Promise<NextForRun> {
  const next = await concludeAborted(context, claim);
  if (next.next !== 'turn') return next;
  await releaseTurn(context, claim, false);
  throw ApplicationFailure.retryable('The worker let go of the turn before the model had answered.', 'TurnReleased');
}

export function createExecuteRunActivities(dependencies: ExecuteRunDependencies): ExecuteRunActivities {
  const { store, model, callsInFlight, observer } = dependencies;
  return {
    modelTurn({ projectId, runId }: ExecuteRunInput): Promise<NextForRun> {
      const context = store.project(projectId);
      return callsInFlight.track(projectId, runId, async (unwanted, expireAt) => {
        const claimed = await claimTurn(context, runId);
        if (claimed.next !== 'claimed') return claimed;
        const { claim } = claimed;
        expireAt(claim.expiresAt);
        const signal = AbortSignal.any([unwanted, Context.current().cancellationSignal]);
        const messages = await loadConversation(context, claim);
        const observed = observedTurn(context, claim);
        const began = performance.now();
        const called = (outcome: 'answered' | 'failed' | 'aborted'): void =>
          observer?.modelCalled?.(observed, outcome, (performance.now() - began) / 1_000);
        let answer: ModelAnswer;
        try {
          answer = await whileBeating(() => model.complete(modelRequest(claim, messages), signal));
        } catch (error) {
          called(signal.aborted ? 'aborted' : 'failed');
          if (signal.aborted) return afterAbort(context, claim);
          if (error instanceof ModelCallError) return afterModelFailure(context, claim, error, dependencies);
          throw error;
        }
        called('answered');
        return finishTurn(context, claim, turnOutcome(answer));
      });
    },

    async abandonRun({ projectId, runId }: ExecuteRunInput): Promise<NextForRun> {
      return abandonRun(store.project(projectId), runId);
    },
  };
}
