import type { TurnDecision, TurnEnd } from '../../domain/model-turn.ts';
import type { NextForRun } from '../../domain/next-for-run.ts';
import { isTerminal, type RunChange } from '../../domain/run-state.ts';
import { NO_USAGE } from '../../domain/usage.ts';
import type { ProjectContext, TransactionContext } from '../database/context.ts';
import type { RunRow } from '../database/tables.ts';
import { inTransaction } from '../database/transaction.ts';
import { changeRun } from '../runs/change.ts';
import { appendEvents, type NewRunEvent } from '../events/events.ts';
import { discardAttempt } from '../steps/open-steps.ts';
import { lockRun } from '../runs/rows.ts';
import { dueChangeNow, expireIfDue } from '../runs/expire.ts';
import { signOfLife } from '../runs/signs-of-life.ts';
import type { TurnClaim } from './turn-claim.ts';
import type { TurnDraft } from './turn-draft.ts';
import { withRows, writeRows } from '../steps/written-rows.ts';
import { byId } from '../database/filters.ts';

function nextFor(run: RunRow | undefined, now: Date): NextForRun {
  if (!run) return { next: 'nothing', status: 'deleted' };
  if (isTerminal(run.status)) return { next: 'nothing', status: run.status };
  if (run.status === 'requires_action') return { next: 'outputs', waitMs: Math.max(0, run.expires_at.getTime() - now.getTime()) };
  return { next: 'turn' };
}

/**
 * Claims the run's next turn, if there is one to do. A newer claim makes all writes of an older attempt void, and what that
 * attempt has shown is discarded. A run that is cancelling at this point has lost its earlier attempt, so it is cancelled here.
 */
export async function claimTurn(
  context: ProjectContext,
  runId: string,
): Promise<NextForRun | { next: 'claimed'; claim: TurnClaim }> {
  return inTransaction(context, async (tx) => {
    const locked = await lockRun(tx, runId);
    const run = locked && (await expireIfDue(tx, locked));
    if (!run || (run.status !== 'queued' && run.status !== 'in_progress' && run.status !== 'cancelling'))
      return nextFor(run, tx.now);
    if (run.status === 'cancelling') return nextFor(await changeRun(tx, run, { to: 'cancelled' }), tx.now);
    const fence = Number(run.fence) + 1;
    if (run.status === 'queued') await changeRun(tx, run, { to: 'in_progress' }, { fence });
    else
      await appendEvents(tx, run, await discardAttempt(tx, run), {
        ...signOfLife(run.status, tx.now),
        fence,
        turn_in_flight: true,
        turn_events: 0,
      });
    const claim: TurnClaim = {
      projectId: tx.projectId,
      runId,
      threadId: run.thread_id,
      assistantId: run.assistant_id,
      turn: run.turn,
      fence,
      claimedAt: tx.now,
      expiresAt: run.expires_at,
      failures: run.turn_failures,
      streamed: run.streamed,
      settings: run.settings,
      usage: run.usage ?? NO_USAGE,
    };
    return { next: 'claimed', claim };
  });
}

/** Locks the run and checks whether the claim is valid. Returns undefined if the run is gone. */
async function lockClaimed(tx: TransactionContext, claim: TurnClaim): Promise<{ run: RunRow; claimValid: boolean } | undefined> {
  const run = await lockRun(tx, claim.runId);
  return run && { run, claimValid: Number(run.fence) === claim.fence && !isTerminal(run.status) };
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
 * Writes a finished turn: ledger, message, steps and the run's next status, all or nothing. If the claim is void, nothing is
 * written. If the run was cancelled meanwhile, it becomes `cancelled` and keeps the answer.
 */
export async function finishTurn(context: ProjectContext, claim: TurnClaim, draft: TurnDraft, end: TurnEnd): Promise<NextForRun> {
  const { outcome, decision } = draft.finish(end);
  return inTransaction(context, async (tx) => {
    const locked = await lockClaimed(tx, claim);
    if (!locked?.claimValid) return nextFor(locked?.run, tx.now);
    const { run } = locked;
    const progress = draft.since(run.turn_events);
    const { usage } = outcome;
    if (run.status === 'cancelling') return nextFor(await changeRun(tx, run, { to: 'cancelled' }, { progress, usage }), tx.now);
    await withRows(tx, progress)
      .insertInto('run_turns')
      .values({
        project_id: tx.projectId,
        run_id: run.id,
        turn: claim.turn,
        fence: claim.fence,
        finished_at: tx.now,
        outcome: JSON.stringify(outcome),
      })
      .execute();
    const { events } = progress;
    return nextFor(await changeRun(tx, run, changeFor(decision), { events, turn: claim.turn + 1, usage }), tx.now);
  });
}

/** Ends the run early, with the turn's output so far. No effect if the claim is void. */
export async function endTurn(
  context: ProjectContext,
  claim: TurnClaim,
  draft: TurnDraft,
  change: Extract<RunChange, { to: 'failed' | 'incomplete' }>,
): Promise<NextForRun> {
  return inTransaction(context, async (tx) => {
    const locked = await lockClaimed(tx, claim);
    if (!locked?.claimValid) return nextFor(locked?.run, tx.now);
    const { run } = locked;
    const progress = draft.since(run.turn_events);
    return nextFor(await changeRun(tx, run, run.status === 'cancelling' ? { to: 'cancelled' } : change, { progress }), tx.now);
  });
}

/**
 * Releases a turn that is to be retried after `pauseMs` milliseconds, and counts the failure if it `failed`. What the attempt
 * has shown is discarded; what it has not shown yet is dropped. Until the next attempt, a cancel takes effect at once. Returns
 * null, or what comes next if the turn is not to be retried: its claim is void, or the run has ended.
 */
export async function releaseTurn(
  context: ProjectContext,
  claim: TurnClaim,
  draft: TurnDraft,
  { failed, pauseMs = 0 }: { failed: boolean; pauseMs?: number },
): Promise<NextForRun | null> {
  return inTransaction(context, async (tx) => {
    const locked = await lockClaimed(tx, claim);
    if (!locked?.claimValid) return nextFor(locked?.run, tx.now);
    const { run } = locked;
    if (run.status === 'cancelling') {
      return nextFor(await changeRun(tx, run, { to: 'cancelled' }, { progress: draft.since(run.turn_events) }), tx.now);
    }
    const failures = run.turn_failures + (failed ? 1 : 0);
    const events: NewRunEvent[] = [];
    if (run.turn_events > 0) {
      const progress = draft.since(run.turn_events);
      await writeRows(tx, progress);
      events.push(...progress.events, ...(await discardAttempt(tx, run, progress.events)));
    }
    await appendEvents(tx, run, events, {
      ...signOfLife(run.status, tx.now, pauseMs),
      turn_in_flight: false,
      turn_failures: failures,
      turn_events: 0,
    });
    return null;
  });
}

/**
 * Called after the model call was aborted. The run becomes `cancelled` if it was cancelling, or `expired` if it is overdue; in
 * both cases it keeps what the model had sent. Otherwise the turn is still to be done.
 */
export async function endAbortedTurn(context: ProjectContext, claim: TurnClaim, draft: TurnDraft): Promise<NextForRun> {
  return inTransaction(context, async (tx) => {
    const locked = await lockClaimed(tx, claim);
    if (!locked?.claimValid) return nextFor(locked?.run, tx.now);
    const { run } = locked;
    const change: RunChange | null = run.status === 'cancelling' ? { to: 'cancelled' } : await dueChangeNow(tx, run);
    if (change === null) return nextFor(run, tx.now);
    return nextFor(await changeRun(tx, run, change, { progress: draft.since(run.turn_events) }), tx.now);
  });
}

/** Whether a claim is still valid. A process that was frozen after its claim finds out here, before it calls the model. */
export async function isClaimValid(context: ProjectContext, claim: TurnClaim): Promise<boolean> {
  const run = await context.db
    .selectFrom('runs')
    .select(['fence', 'status'])
    .where(byId(context, claim.runId))
    .executeTakeFirst();
  return run !== undefined && Number(run.fence) === claim.fence && run.status === 'in_progress';
}

/** Cancels a run in any active status, because its workflow was cancelled in Temporal. */
export async function abandonRun(context: ProjectContext, runId: string): Promise<NextForRun> {
  return inTransaction(context, async (tx) => {
    const run = await lockRun(tx, runId);
    if (!run || isTerminal(run.status)) return nextFor(run, tx.now);
    const cancelled = await changeRun(tx, run, { to: 'cancelled' }, { fence: Number(run.fence) + 1 });
    return nextFor(cancelled, tx.now);
  });
}
