import type { NextForRun } from '../../domain/next-for-run.ts';
import { isTerminal } from '../../domain/run-state.ts';
import type { ProjectContext, TransactionContext } from '../database/context.ts';
import { byId } from '../database/filters.ts';
import type { RunRow } from '../database/tables.ts';
import { inTransaction } from '../database/transaction.ts';
import { endAttempt } from '../runs/attempts.ts';
import { changeRun } from '../runs/change.ts';
import { expireIfDue } from '../runs/expire.ts';
import { lockRun } from '../runs/rows.ts';
import { nextFor } from './next.ts';

/** What identifies an attempt's claim. */
export interface Claim {
  runId: string;
  fence: number;
}

/** Locks a run whose next step is to be claimed. Returns it, or what is next if it has ended or waits for its caller. */
export async function lockForClaim(tx: TransactionContext, runId: string): Promise<{ run: RunRow } | { next: NextForRun }> {
  const locked = await lockRun(tx, runId);
  const run = locked && (await expireIfDue(tx, locked));
  // A run that is cancelling at this point has lost its earlier attempt.
  if (run?.status === 'cancelling') return { next: nextFor(await changeRun(tx, run, { to: 'cancelled' }), tx.now) };
  return run?.status === 'queued' || run?.status === 'in_progress' ? { run } : { next: nextFor(run, tx.now) };
}

/** Notes that the attempt before this one is lost, if it has not ended: its worker died. */
export async function endLostAttempt(tx: TransactionContext, run: RunRow): Promise<void> {
  if (run.attempt_in_flight) await endAttempt(tx, run, { outcome: 'lost' }).execute(tx.db);
}

/** Locks the run and checks whether the claim is valid. Returns undefined if the run is gone. */
async function lockClaimed(tx: TransactionContext, claim: Claim): Promise<{ run: RunRow; claimValid: boolean } | undefined> {
  const run = await lockRun(tx, claim.runId);
  return run && { run, claimValid: Number(run.fence) === claim.fence && !isTerminal(run.status) };
}

/** Runs `work` on the claimed run. If the claim is void, does nothing and returns what is next. */
export async function whileClaimed<T>(
  context: ProjectContext,
  claim: Claim,
  work: (tx: TransactionContext, run: RunRow) => Promise<T>,
): Promise<T | NextForRun> {
  return inTransaction(context, async (tx) => {
    const locked = await lockClaimed(tx, claim);
    return locked?.claimValid ? work(tx, locked.run) : nextFor(locked?.run, tx.now);
  });
}

/** Whether a claim is still valid. A process that was frozen after its claim finds out here, before it does the work. */
export async function isClaimValid(context: ProjectContext, claim: Claim): Promise<boolean> {
  const run = await context.db
    .selectFrom('runs')
    .select(['fence', 'status'])
    .where(byId(context, claim.runId))
    .executeTakeFirst();
  return run !== undefined && Number(run.fence) === claim.fence && run.status === 'in_progress';
}
