import { decideAfterBuiltInTools } from '../../domain/model-turn.ts';
import type { NextForRun } from '../../domain/next-for-run.ts';
import { callInStep, functionCallsInStep, type BuiltInToolCall, type BuiltInToolResult } from '../../domain/tool-call.ts';
import type { RunChange } from '../../domain/run-state.ts';
import type { StepToolCall } from '../../schemas/run-step.ts';
import type { ProjectContext, TransactionContext } from '../database/context.ts';
import { byId, inProject } from '../database/filters.ts';
import type { PendingCall, RunRow, RunStepRow } from '../database/tables.ts';
import { inTransaction } from '../database/transaction.ts';
import { updateRunWithEvents, type NewRunEvent } from '../events/events.ts';
import { callDelta, stepClosed, stepOpened } from '../events/wire-events.ts';
import { insertAttempt, endAttempt } from '../runs/attempts.ts';
import { changeRun } from '../runs/change.ts';
import { dueChangeNow } from '../runs/expire.ts';
import { signOfLife } from '../runs/signs-of-life.ts';
import { nextBuiltInCall, readBuiltInCall, updateBuiltInCall } from '../steps/built-in-calls.ts';
import { newStepRow } from '../steps/new-step.ts';
import { upsertSteps } from '../steps/written-rows.ts';
import { endLostAttempt, lockForClaim, whileClaimed, type Claim } from './claim.ts';
import { nextFor } from './next.ts';

/** A claim on one call of a built-in tool. A newer claim makes it void. */
export interface BuiltInCallClaim extends Claim {
  threadId: string;
  stepId: string;
  call: BuiltInToolCall;
  expiresAt: Date;
  /** How often this call has failed so far. */
  failures: number;
}

/** `runs.turn` is already the next turn; the calls belong to the one before. */
const callingTurn = (run: RunRow): number => run.turn - 1;

/** Opens a step with calls whose arguments are complete. Returns its id and its events. */
async function openCallStep(
  tx: TransactionContext,
  run: RunRow,
  calls: StepToolCall[],
): Promise<{ stepId: string; events: NewRunEvent[] }> {
  const { thread_id: threadId, assistant_id: assistantId } = run;
  const turn = { projectId: tx.projectId, runId: run.id, threadId, assistantId, turn: callingTurn(run) };
  const opened = newStepRow(turn, { type: 'tool_calls', tool_calls: [] }, tx.now);
  await upsertSteps([{ ...opened, details: { type: 'tool_calls', tool_calls: calls } }]).execute(tx.db);
  const deltas = calls.map((call, index) => callDelta(opened.id, { ...call, index }));
  return { stepId: opened.id, events: [...stepOpened(opened, run), ...deltas] };
}

/**
 * Claims the run's `pending_call`. A newer claim makes all writes of an older attempt void. Returns what is next if this call is
 * not the pending one.
 */
export async function claimBuiltInCall(
  context: ProjectContext,
  runId: string,
  callId: string,
): Promise<NextForRun | { next: 'claimed'; claim: BuiltInCallClaim }> {
  return inTransaction(context, async (tx) => {
    const locked = await lockForClaim(tx, runId);
    if ('next' in locked) return locked.next;
    const { run } = locked;
    if (run.pending_call?.id !== callId) return nextFor(run, tx.now);
    const row = await readBuiltInCall(tx, runId, callId);
    const fence = Number(run.fence) + 1;
    await endLostAttempt(tx, run);
    await insertAttempt(tx, { runId, fence, turn: row.turn, callId }).execute(tx.db);
    const opened =
      row.step_id === null ? await openCallStep(tx, run, [callInStep(row.call)]) : { stepId: row.step_id, events: [] };
    if (row.step_id === null) await updateBuiltInCall(tx, runId, callId, { step_id: opened.stepId });
    await updateRunWithEvents(tx, run, opened.events, {
      ...signOfLife(run.status, tx.now),
      fence,
      attempt_in_flight: true,
      turn_events: 0,
    });
    const { stepId } = opened;
    const { thread_id: threadId, expires_at: expiresAt, turn_failures: failures } = run;
    const claim: BuiltInCallClaim = { runId, fence, threadId, stepId, call: row.call, expiresAt, failures };
    return { next: 'claimed', claim };
  });
}

async function completeStep(
  tx: TransactionContext,
  run: RunRow,
  { stepId }: BuiltInCallClaim,
  call: StepToolCall,
): Promise<NewRunEvent[]> {
  const step: RunStepRow = await tx.db
    .updateTable('run_steps')
    .set({ status: 'completed', completed_at: tx.now, details: JSON.stringify({ type: 'tool_calls', tool_calls: [call] }) })
    .where(byId(tx, stepId))
    .returningAll()
    .executeTakeFirstOrThrow();
  return [callDelta(stepId, { ...call, index: 0 }), stepClosed(step, run)];
}

/**
 * Called when the turn has no more calls of built-in tools. If it also called functions, the run becomes `requires_action`;
 * otherwise the next turn follows.
 */
async function afterBuiltInCalls(tx: TransactionContext, run: RunRow, before: readonly NewRunEvent[]): Promise<NextForRun> {
  const { outcome } = await tx.db
    .selectFrom('run_turns')
    .select('outcome')
    .where(inProject(tx))
    .where('run_id', '=', run.id)
    .where('turn', '=', callingTurn(run))
    .executeTakeFirstOrThrow();
  const decision = decideAfterBuiltInTools(outcome);
  if (decision.kind === 'turn') return keepInProgress(tx, run, before, null);
  const { calls } = decision;
  const { events } = await openCallStep(tx, run, functionCallsInStep(calls));
  const requiredAction = { type: 'submit_tool_outputs' as const, submit_tool_outputs: { tool_calls: calls } };
  const change: RunChange = { to: 'requires_action', requiredAction };
  return nextFor(await changeRun(tx, run, change, { events: [...before, ...events], turn: run.turn }), tx.now);
}

/** Keeps the run `in_progress`. Its next work is the call `pending`; null: the next turn. */
async function keepInProgress(
  tx: TransactionContext,
  run: RunRow,
  events: readonly NewRunEvent[],
  pending: PendingCall | null,
): Promise<NextForRun> {
  await endAttempt(tx, run, { outcome: 'finished' }).execute(tx.db);
  await updateRunWithEvents(tx, run, events, {
    ...signOfLife(run.status, tx.now),
    attempt_in_flight: false,
    turn_events: 0,
    turn_failures: 0,
    pending_call: pending,
  });
  return nextFor({ ...run, pending_call: pending }, tx.now);
}

/**
 * Writes the result of a call and what the run does next, in one transaction. If the claim is void, nothing is written. If the
 * run is `cancelling`, it becomes `cancelled`; the result is kept.
 */
export async function finishBuiltInCall(
  context: ProjectContext,
  claim: BuiltInCallClaim,
  { output, stepCall }: BuiltInToolResult,
): Promise<NextForRun> {
  return whileClaimed(context, claim, async (tx, run) => {
    const events = await completeStep(tx, run, claim, stepCall);
    await updateBuiltInCall(tx, run.id, claim.call.id, { output: { text: output } });
    if (run.status === 'cancelling') return nextFor(await changeRun(tx, run, { to: 'cancelled' }, { events }), tx.now);
    const next = await nextBuiltInCall(tx, run.id, callingTurn(run));
    return next ? keepInProgress(tx, run, events, { id: next.id, tool: next.call.type }) : afterBuiltInCalls(tx, run, events);
  });
}

/** Fails the run with `server_error`, or makes it `cancelled` if it was `cancelling`. No effect if the claim is void. */
export async function failBuiltInCall(context: ProjectContext, claim: BuiltInCallClaim, message: string): Promise<NextForRun> {
  return whileClaimed(context, claim, async (tx, run) => {
    const change: RunChange =
      run.status === 'cancelling' ? { to: 'cancelled' } : { to: 'failed', error: { code: 'server_error', message } };
    return nextFor(await changeRun(tx, run, change), tx.now);
  });
}

/**
 * Gives the claim up after the tool was aborted (`error` is null) or has failed. The run becomes `cancelled` if it was
 * `cancelling`, or `expired` if it is overdue. Otherwise the call is attempted again.
 */
export async function releaseBuiltInCall(
  context: ProjectContext,
  claim: BuiltInCallClaim,
  { error, pauseMs = 0 }: { error: string | null; pauseMs?: number },
): Promise<NextForRun> {
  return whileClaimed(context, claim, async (tx, run) => {
    const change: RunChange | null = run.status === 'cancelling' ? { to: 'cancelled' } : await dueChangeNow(tx, run);
    if (change) return nextFor(await changeRun(tx, run, change), tx.now);
    const retryAt = new Date(tx.now.getTime() + pauseMs);
    await endAttempt(tx, run, { outcome: error === null ? 'released' : 'failed', error, retryAt }).execute(tx.db);
    await updateRunWithEvents(tx, run, [], {
      ...signOfLife(run.status, tx.now, pauseMs),
      attempt_in_flight: false,
      turn_failures: run.turn_failures + (error === null ? 0 : 1),
      turn_events: 0,
    });
    return nextFor(run, tx.now);
  });
}
