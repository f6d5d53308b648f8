import { dueChange } from '../../domain/run-state.ts';
import type { TransactionContext } from '../context.ts';
import type { RunRow } from '../database.ts';
import { changeRun } from './change.ts';

/** Ends a locked run whose time is over; otherwise gives it back as it is. Its workflow is told. */
export async function settle(tx: TransactionContext, run: RunRow): Promise<RunRow> {
  const due = dueChange(run, tx.now);
  if (due === null) return run;
  return changeRun(tx, run, due, { tell: 'tell' });
}
