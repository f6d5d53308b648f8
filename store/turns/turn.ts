import type { TurnDecision, TurnEnd } from '../../domain/model-turn.ts';
import type { NextForRun } from '../../domain/next-for-run.ts';
import { isTerminal, type RunChange } from '../../domain/run-state.ts';
import type { BuiltInToolCall } from '../../domain/tool-call.ts';
import { addUsage, NO_USAGE } from '../../domain/usage.ts';
import type { Usage } from '../../schemas/usage.ts';
import type { ProjectContext, TransactionContext } from '../database/context.ts';
import type { PendingCall, RunRow } from '../database/tables.ts';
import { inTransaction } from '../database/transaction.ts';
import { updateRunWithEvents, type NewRunEvent } from '../events/events.ts';
import { insertAttempt, endAttempt } from '../runs/attempts.ts';
import { changeRun } from '../runs/change.ts';
import { dueChangeNow } from '../runs/expire.ts';
import { lockRun } from '../runs/rows.ts';
import { signOfLife } from '../runs/signs-of-life.ts';
import { insertBuiltInCalls } from '../steps/built-in-calls.ts';
import { discardAttempt } from '../steps/open-steps.ts';
import { withRows, writeRows, type TurnProgress } from '../steps/written-rows.ts';
import type { AttemptedTurn } from './attempted-turn.ts';
import { endLostAttempt, lockForClaim, whileClaimed } from './claim.ts';
import { nextFor } from './next.ts';
import type { TurnClaim } from './turn-claim.ts';

/**
 * Claims the run's next turn, if there is one to do. A newer claim makes all writes of an older attempt void, and what that
 * attempt has shown is discarded.
 */
export async function claimTurn(
  context: ProjectContext,
  runId: string,
): Promise<NextForRun | { next: 'claimed'; claim: TurnClaim }> {
  return inTransaction(context, async (tx) => {
    const locked = await lockForClaim(tx, runId);
    if ('next' in locked) return locked.next;
    const { run } = locked;
    const fence = Number(run.fence) + 1;
    if (run.status === 'queued') await changeRun(tx, run, { to: 'in_progress' }, { fence });
    else if (run.pending_call !== null) return nextFor(run, tx.now);
    else {
      await endLostAttempt(tx, run);
      await insertAttempt(tx, { runId, fence, turn: run.turn }).execute(tx.db);
      await updateRunWithEvents(tx, run, await discardAttempt(tx, run), {
        ...signOfLife(run.status, tx.now),
        fence,
        attempt_in_flight: true,
        turn_events: 0,
      });
    }
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

function changeFor(decision: Exclude<TurnDecision, { kind: 'built_in_tools' }>): RunChange {
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

/** The turn's calls of built-in tools are carried out next; the run stays in progress. */
async function awaitBuiltInCalls(
  tx: TransactionContext,
  run: RunRow,
  { progress, calls, usage }: { progress: TurnProgress; calls: readonly BuiltInToolCall[]; usage: Usage },
): Promise<NextForRun> {
  const [first] = calls;
  const step = progress.steps.at(-1);
  if (!first || !step) throw new Error('A turn with calls of built-in tools has a step for the first of them.');
  await insertBuiltInCalls(tx, { runId: run.id, turn: run.turn, calls, firstStepId: step.id });
  await endAttempt(tx, run, { outcome: 'finished' }).execute(tx.db);
  const pending: PendingCall = { id: first.id, tool: first.type };
  await updateRunWithEvents(tx, run, progress.events, {
    ...signOfLife(run.status, tx.now),
    attempt_in_flight: false,
    turn: run.turn + 1,
    turn_events: 0,
    turn_failures: 0,
    pending_call: pending,
    usage: addUsage(run.usage ?? NO_USAGE, usage),
  });
  return nextFor({ ...run, pending_call: pending }, tx.now);
}

/**
 * Writes a finished turn: ledger, message, steps and what the run does next, all or nothing. If the claim is void, nothing is
 * written. If the run was cancelled meanwhile, it becomes `cancelled` and keeps the answer.
 */
export async function finishTurn(
  context: ProjectContext,
  claim: TurnClaim,
  attempted: AttemptedTurn,
  end: TurnEnd,
): Promise<NextForRun> {
  const { outcome, decision } = attempted.finish(end);
  return whileClaimed(context, claim, async (tx, run) => {
    const progress = attempted.since(run.turn_events);
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
    if (decision.kind === 'built_in_tools') return awaitBuiltInCalls(tx, run, { progress, calls: decision.calls, usage });
    const { events } = progress;
    return nextFor(await changeRun(tx, run, changeFor(decision), { events, turn: claim.turn + 1, usage }), tx.now);
  });
}

/** Ends the run early, with the turn's output so far. No effect if the claim is void. */
export async function endTurn(
  context: ProjectContext,
  claim: TurnClaim,
  attempted: AttemptedTurn,
  change: Extract<RunChange, { to: 'failed' | 'incomplete' }>,
): Promise<NextForRun> {
  return whileClaimed(context, claim, async (tx, run) => {
    const progress = attempted.since(run.turn_events);
    return nextFor(await changeRun(tx, run, run.status === 'cancelling' ? { to: 'cancelled' } : change, { progress }), tx.now);
  });
}

/**
 * Releases a turn that is to be retried after `pauseMs` milliseconds. `error`: why the attempt failed, which is counted; null if
 * it did not fail. What the attempt has shown is discarded; what it has not shown yet is dropped. Until the next attempt, a cancel takes effect at once. Returns
 * null, or what comes next if the turn is not to be retried: its claim is void, or the run has ended.
 */
export async function releaseTurn(
  context: ProjectContext,
  claim: TurnClaim,
  attempted: AttemptedTurn,
  { error, pauseMs = 0 }: { error: string | null; pauseMs?: number },
): Promise<NextForRun | null> {
  return whileClaimed(context, claim, async (tx, run) => {
    if (run.status === 'cancelling') {
      return nextFor(await changeRun(tx, run, { to: 'cancelled' }, { progress: attempted.since(run.turn_events) }), tx.now);
    }
    const failures = run.turn_failures + (error === null ? 0 : 1);
    const events: NewRunEvent[] = [];
    if (run.turn_events > 0) {
      const progress = attempted.since(run.turn_events);
      await writeRows(tx, progress);
      events.push(...progress.events, ...(await discardAttempt(tx, run, progress.events)));
    }
    const retryAt = new Date(tx.now.getTime() + pauseMs);
    await endAttempt(tx, run, { outcome: error === null ? 'released' : 'failed', error, retryAt }).execute(tx.db);
    await updateRunWithEvents(tx, run, events, {
      ...signOfLife(run.status, tx.now, pauseMs),
      attempt_in_flight: false,
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
export async function endAbortedTurn(context: ProjectContext, claim: TurnClaim, attempted: AttemptedTurn): Promise<NextForRun> {
  return whileClaimed(context, claim, async (tx, run) => {
    const change: RunChange | null = run.status === 'cancelling' ? { to: 'cancelled' } : await dueChangeNow(tx, run);
    if (change === null) return nextFor(run, tx.now);
    return nextFor(await changeRun(tx, run, change, { progress: attempted.since(run.turn_events) }), tx.now);
  });
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
