import { sql } from 'kysely';
import type { RunStep, RunStepStatus } from '../../schemas/run-step.ts';
import type { TransactionContext } from '../database/context.ts';
import type { MessageRow, RunRow, RunStepRow } from '../database/tables.ts';
import type { NewRunEvent } from '../events/events.ts';
import { callsFromDeltas, contentFromDeltas, storedDeltas } from '../events/deltas.ts';
import { messageClosed, stepClosed } from '../events/wire-events.ts';
import { byId, inProject } from '../database/filters.ts';

/** How the steps and messages that a turn left open are closed. */
export interface OpenStepsEnd {
  step: Exclude<RunStepStatus, 'in_progress' | 'completed'>;
  message: 'run_cancelled' | 'run_expired' | 'run_failed';
  error: RunStep['last_error'];
}

async function closeMessage(
  tx: TransactionContext,
  messageId: string,
  reason: OpenStepsEnd['message'],
  deltas: readonly NewRunEvent[],
): Promise<MessageRow | undefined> {
  return tx.db
    .updateTable('messages')
    .set({
      status: 'incomplete',
      incomplete_at: tx.now,
      incomplete_details: JSON.stringify({ reason }),
      content: JSON.stringify(contentFromDeltas(messageId, deltas)),
    })
    .where(byId(tx, messageId))
    .where('status', '=', 'in_progress')
    .returningAll()
    .executeTakeFirst();
}

/** Stores the calls of a step that was closed before they were complete, as far as they arrived. */
async function storeCalls(tx: TransactionContext, step: RunStepRow, deltas: readonly NewRunEvent[]): Promise<RunStepRow> {
  const details = callsFromDeltas(step.id, deltas);
  await tx.db
    .updateTable('run_steps')
    .set({ details: JSON.stringify(details) })
    .where(byId(tx, step.id))
    .execute();
  return { ...step, details };
}

/** Whether a step is incomplete. One whose calls were handed out is complete, and most cancels find only such steps. */
const isUnfinished = ({ details }: RunStepRow): boolean => details.type === 'message_creation' || details.tool_calls.length === 0;

/**
 * Closes a run's open steps: when a run ends early, and when a turn is started again. What was written of their messages is
 * kept, with the status `incomplete`. `pending`: events of the turn that are not written yet; they precede the returned ones.
 */
export async function closeOpenSteps(
  tx: TransactionContext,
  run: RunRow,
  end: OpenStepsEnd,
  pending: readonly NewRunEvent[] = [],
): Promise<NewRunEvent[]> {
  const closed = await tx.db
    .updateTable('run_steps')
    .set({
      status: end.step,
      ...(end.step === 'cancelled' && { cancelled_at: tx.now }),
      ...(end.step === 'failed' && { failed_at: tx.now }),
      ...(end.error && { last_error: JSON.stringify(end.error) }),
    })
    .where(inProject(tx))
    .where('run_id', '=', run.id)
    .where('status', '=', 'in_progress')
    .returningAll()
    .execute();
  const deltas = closed.some(isUnfinished) ? [...(await storedDeltas(tx.db, tx.projectId, run.id)), ...pending] : [];
  const events: NewRunEvent[] = [];
  for (const step of closed) {
    const { details } = step;
    if (details.type === 'message_creation') {
      const message = await closeMessage(tx, details.message_creation.message_id, end.message, deltas);
      if (message) events.push(messageClosed(message));
      events.push(stepClosed(step, run));
    } else events.push(stepClosed(isUnfinished(step) ? await storeCalls(tx, step, deltas) : step, run));
  }
  return events;
}

/**
 * Discards what an attempt at the run's current turn has shown, since the turn is done again. The attempt's open step fails and
 * its message becomes `incomplete`. That message, like one that the attempt had finished, is left out of lists and of the
 * model's context. It stays readable by its id.
 */
export async function discardAttempt(
  tx: TransactionContext,
  run: RunRow,
  pending: readonly NewRunEvent[] = [],
): Promise<NewRunEvent[]> {
  const error = { code: 'server_error' as const, message: "The model's answer broke off; it is asked for again." };
  const events = await closeOpenSteps(tx, run, { step: 'failed', message: 'run_failed', error }, pending);
  await sql`update messages set discarded = true
    where project_id = ${tx.projectId} and id in (
      select details -> 'message_creation' ->> 'message_id' from run_steps
      where project_id = ${tx.projectId} and run_id = ${run.id} and turn = ${run.turn} and type = 'message_creation'
    )`.execute(tx.db);
  return events;
}
