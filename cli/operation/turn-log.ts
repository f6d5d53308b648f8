import type { Logger } from 'pino';
import type { ObservedTurn, TurnObserver } from '../../activities/execute-run/turn-observer.ts';

const fieldsOf = ({ projectId, runId, turn }: ObservedTurn) => ({ project_id: projectId, run_id: runId, turn });

/**
 * What happens to model calls, in the log, by the ids of run and project. What was asked and answered is not logged, but the
 * endpoint's own words about a failure are: some repeat a part of what they were sent.
 */
export function logTurns(log: Logger): TurnObserver {
  return {
    modelCalled: (turn, outcome, seconds) =>
      log.info({ ...fieldsOf(turn), outcome, ms: Math.round(seconds * 1_000) }, 'model called'),
    modelRetried: (turn, error, backoffMs) =>
      log.warn({ ...fieldsOf(turn), reason: error.detail, backoff_ms: backoffMs }, 'a model call failed; it is made again'),
    modelGaveUp: (turn, error) =>
      log.warn({ ...fieldsOf(turn), reason: error.detail }, 'a model call failed, and with it the run'),
  };
}
