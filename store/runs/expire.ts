import { dueChange, type RunChange } from '../../domain/run-state.ts';
import type { TransactionContext } from '../context.ts';
import type { RunRow } from '../database.ts';
import { changeRun } from './change.ts';

/**
 * What time makes of a locked run. Ends cannot be taken back, so none is due by this process' reckoning alone: the database
 * is asked about a run that seems overdue.
 */
export async function dueChangeNow(tx: TransactionContext, run: RunRow): Promise<RunChange | null> {
  return dueChange(run, tx.now) && dueChange(run, await tx.askTime());
}

/** Ends a locked run whose time is over; otherwise gives it back as it is. Its workflow is told. */
export async function expireIfDue(tx: TransactionContext, run: RunRow): Promise<RunRow> {
  const due = await dueChangeNow(tx, run);
  return due ? changeRun(tx, run, due, { workflow: 'signal' }) : run;
}

/** The same of a run that was found to be overdue, by whichever clock. */
export async function expireOverdue(tx: TransactionContext, run: RunRow): Promise<RunRow> {
  const due = dueChange(run, await tx.askTime());
  return due ? changeRun(tx, run, due, { workflow: 'signal' }) : run;
}
