import { decideTurn, type TurnDecision, type TurnOutcome } from '../../domain/model-turn.ts';
import type { NextForRun } from '../../domain/next-for-run.ts';
import { isTerminal, type RunChange } from '../../domain/run-state.ts';
import { NO_USAGE } from '../../domain/usage.ts';
import type { RunError } from '../../schemas/run.ts';
import type { Usage } from '../../schemas/usage.ts';
import type { ProjectContext, TransactionContext } from '../context.ts';
import type { RunRow } from '../database.ts';
import { inTransaction } from '../transaction.ts';
import { changeRun } from './change.ts';
import { lockRun } from './rows.ts';
import { settle } from './settle.ts';
import { insertTurn } from './turn-steps.ts';

/** The right to do one turn. Whoever claims later takes it away. */
export interface TurnClaim {
  runId: string;
  threadId: string;
  turn: number;
  fence: number;
  expiresAt: Date;
  settings: RunRow['settings'];
  /** What the run's earlier turns have used. */
  usage: Usage;
}

function nextFor(run: RunRow | undefined, now: Date): NextForRun {
  if (!run) return { next: 'nothing', status: 'deleted' };
  if (isTerminal(run.status)) return { next: 'nothing', status: run.status };
  if (run.status === 'requires_action') return { next: 'outputs', waitMs: Math.max(0, run.expires_at.getTime() - now.getTime()) };
  return { next: 'turn' };
}

/**
 * Takes up the run's next turn, if there is one to do. An attempt whose claim is newer makes all writes of an older one
 * void. A run that is cancelling when its turn is taken up has lost its earlier attempt, so it is cancelled here.
 */
export async function claimTurn(
  context: ProjectContext,
  runId: string,
): Promise<NextForRun | { next: 'claimed'; claim: TurnClaim }> {
  return inTransaction(context, async (tx) => {
    const locked = await lockRun(tx, runId);
    const run = locked && (await settle(tx, locked));
    if (!run || (run.status !== 'queued' && run.status !== 'in_progress' && run.status !== 'cancelling'))
      return nextFor(run, tx.now);
    if (run.status === 'cancelling') return nextFor(await changeRun(tx, run, { to: 'cancelled' }), tx.now);
    const fence = Number(run.fence) + 1;
    if (run.status === 'queued') await changeRun(tx, run, { to: 'in_progress' }, { fence });
    else {
      await tx.trx
        .updateTable('runs')
        .set({ fence, turn_in_flight: true })
        .where('project_id', '=', tx.projectId)
        .where('id', '=', runId)
        .execute();
    }
    const { thread_id: threadId, turn, expires_at: expiresAt, settings } = run;
    return { next: 'claimed', claim: { runId, threadId, turn, fence, expiresAt, settings, usage: run.usage ?? NO_USAGE } };
  });
}

/** The run, and whether the claim still holds; undefined if the run is gone. */
async function lockClaimed(tx: TransactionContext, claim: TurnClaim): Promise<{ run: RunRow; held: boolean } | undefined> {
  const run = await lockRun(tx, claim.runId);
  return run && { run, held: Number(run.fence) === claim.fence && !isTerminal(run.status) };
}

function changeFor(decision: TurnDecision): RunChange {
  switch (decision.kind) {
    case 'requires_action':
      return {
        to: 'requires_action',
        requiredAction: { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: decision.calls } },
      };
    case 'completed':
      return { to: 'completed' };
    case 'incomplete':
      return { to: 'incomplete', details: decision.details };
    case 'failed':
      return { to: 'failed', error: decision.error };
  }
}

/**
 * Writes down a finished turn: ledger, message, steps, and what becomes of the run, all or nothing. If the claim was lost,
 * nothing is written. If the run was cancelled meanwhile it is `cancelled`, and the answer is dropped.
 */
export async function finishTurn(context: ProjectContext, claim: TurnClaim, outcome: TurnOutcome): Promise<NextForRun> {
  return inTransaction(context, async (tx) => {
    const locked = await lockClaimed(tx, claim);
    if (!locked?.held) return nextFor(locked?.run, tx.now);
    const { run } = locked;
    if (run.status === 'cancelling') return nextFor(await changeRun(tx, run, { to: 'cancelled' }), tx.now);
    const decision = decideTurn(outcome);
    const events = await insertTurn(tx, run, claim, outcome, decision);
    const { usage } = outcome;
    return nextFor(await changeRun(tx, run, changeFor(decision), { events, turn: claim.turn + 1, usage }), tx.now);
  });
}

/** Ends the run because its turn cannot be done. No effect if the claim was lost. */
export async function failTurn(context: ProjectContext, claim: TurnClaim, error: RunError): Promise<NextForRun> {
  return inTransaction(context, async (tx) => {
    const locked = await lockClaimed(tx, claim);
    if (!locked?.held) return nextFor(locked?.run, tx.now);
    const change: RunChange = locked.run.status === 'cancelling' ? { to: 'cancelled' } : { to: 'failed', error };
    return nextFor(await changeRun(tx, locked.run, change), tx.now);
  });
}

/**
 * Lets go of a turn that shall be tried again, and counts the failure. Until the next attempt a cancel takes effect at
 * once. Gives the number of failures of this turn so far; 0 if the claim was lost or the run has ended.
 */
export async function releaseTurn(context: ProjectContext, claim: TurnClaim, failed: boolean): Promise<number> {
  return inTransaction(context, async (tx) => {
    const locked = await lockClaimed(tx, claim);
    if (!locked?.held) return 0;
    const { run } = locked;
    if (run.status === 'cancelling') {
      await changeRun(tx, run, { to: 'cancelled' });
      return 0;
    }
    const failures = run.turn_failures + (failed ? 1 : 0);
    await tx.trx
      .updateTable('runs')
      .set({ turn_in_flight: false, turn_failures: failures })
      .where('project_id', '=', tx.projectId)
      .where('id', '=', run.id)
      .execute();
    return failures;
  });
}

/**
 * After the model call was broken off: `cancelled` if the run was cancelling, `expired` if its time is over. Otherwise the
 * turn is still to be done.
 */
export async function concludeAborted(context: ProjectContext, claim: TurnClaim): Promise<NextForRun> {
  return inTransaction(context, async (tx) => {
    const locked = await lockClaimed(tx, claim);
    if (!locked?.held) return nextFor(locked?.run, tx.now);
    if (locked.run.status === 'cancelling') return nextFor(await changeRun(tx, locked.run, { to: 'cancelled' }), tx.now);
    return nextFor(await settle(tx, locked.run), tx.now);
  });
}

/** Ends a run for good, whatever it does: its workflow was cancelled in Temporal. */
export async function abandonRun(context: ProjectContext, runId: string): Promise<NextForRun> {
  return inTransaction(context, async (tx) => {
    const run = await lockRun(tx, runId);
    if (!run || isTerminal(run.status)) return nextFor(run, tx.now);
    const cancelled = await changeRun(tx, run, { to: 'cancelled' }, { fence: Number(run.fence) + 1 });
    return nextFor(cancelled, tx.now);
  });
}
