import type { NextForRun } from '../domain/next-for-run.ts';

/** The server's workflow, one per run; its workflow id is the run's id. */
export const EXECUTE_RUN = 'executeRun';

/** Signal without data: the run has changed, read it from the database. */
export const RUN_CHANGED = 'runChanged';

export interface ExecuteRunInput {
  projectId: string;
  runId: string;
}

/** A call of a built-in tool that the run waits for. */
export interface BuiltInCallInput extends ExecuteRunInput {
  callId: string;
}

export interface ExecuteRunResult {
  status: string;
}

/** Activities of `executeRun`. Their inputs and results contain only ids and small values. */
export interface ExecuteRunActivities {
  /**
   * Executes the run's next turn, if there is one: loads the context, calls the model and stores the answer. Returns what comes
   * next.
   */
  modelTurn(input: ExecuteRunInput): Promise<NextForRun>;
  /** Carries out a call of a built-in tool and stores its result. Returns what comes next. */
  builtInCall(input: BuiltInCallInput): Promise<NextForRun>;
  /** Ends the run as cancelled, because its workflow was cancelled. */
  abandonRun(input: ExecuteRunInput): Promise<NextForRun>;
}
