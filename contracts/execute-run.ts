import type { NextForRun } from '../domain/next-for-run.ts';

/** The server's workflow: one per run, its id is the run's id. */
export const EXECUTE_RUN = 'executeRun';

/** Sent with no data: the run has changed, ask the database. */
export const RUN_CHANGED = 'runChanged';

export interface ExecuteRunInput {
  projectId: string;
  runId: string;
}

export interface ExecuteRunResult {
  status: string;
}

/** Activities of `executeRun`. Nothing but ids and small facts goes through them. */
export interface ExecuteRunActivities {
  /** Does the run's next turn if there is one: loads, calls the model, writes down. Says what comes next. */
  modelTurn(input: ExecuteRunInput): Promise<NextForRun>;
  /** Ends the run as cancelled, because its workflow was. */
  abandonRun(input: ExecuteRunInput): Promise<NextForRun>;
}
