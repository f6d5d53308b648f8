import { dueChange, type RunChange } from '../../domain/run-state.ts';
import type { TransactionContext } from '../database/context.ts';
import type { RunRow } from '../database/tables.ts';
import { changeRun } from './change.ts';

/**
 * The change that is due for a locked run because of the time; null if there is none. Ending a run is irreversible, so this
 * process' estimate of the time does not decide it alone: if a run seems overdue, the database is asked.
 */
export async function dueChangeNow(tx: TransactionContext, run: RunRow): Promise<RunChange | null> {
  return dueChange(run, tx.now) && dueChange(run, await tx.readDatabaseTime());
}

/** Ends a locked run that is overdue and signals its workflow. Otherwise returns the run unchanged. */
export async function expireIfDue(tx: TransactionContext, run: RunRow): Promise<RunRow> {
  const due = await dueChangeNow(tx, run);
  return due ? changeRun(tx, run, due, { workflow: 'signal' }) : run;
}

/** Like {@link expireIfDue}, for a run that was found to be overdue by any clock. */
export async function expireOverdue(tx: TransactionContext, run: RunRow): Promise<RunRow> {
  const due = dueChange(run, await tx.readDatabaseTime());
  return due ? changeRun(tx, run, due, { workflow: 'signal' }) : run;
}
