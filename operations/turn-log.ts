import type { Logger } from 'pino';
import type { TurnKey, TurnObserver } from '../activities/execute-run/turn-observer.ts';

const fieldsOf = ({ projectId, runId, turn }: TurnKey) => ({ project_id: projectId, run_id: runId, turn });

/**
 * Logs model calls, with the ids of run and project. Prompts and answers are not logged, but the endpoint's error messages are,
 * and some endpoints repeat a part of the request in them.
 */
export function logTurns(log: Logger): TurnObserver {
  return {
    modelCalled: (turn, outcome, seconds) =>
      log.info({ ...fieldsOf(turn), outcome, ms: Math.round(seconds * 1_000) }, 'model called'),
    modelRetried: (turn, error, backoffMs) =>
      log.warn({ ...fieldsOf(turn), reason: error.detail, backoff_ms: backoffMs }, 'a model call failed; retrying'),
    modelGaveUp: (turn, error) => log.warn({ ...fieldsOf(turn), reason: error.detail }, 'a model call failed; its run fails'),
  };
}
