import { sql } from 'kysely';
import type { MessageContent } from '../../schemas/message.ts';
import type { RunStep, RunStepStatus } from '../../schemas/run-step.ts';
import type { TransactionContext } from '../context.ts';
import type { MessageRow, RunRow } from '../database.ts';
import type { NewRunEvent } from './events.ts';
import { messageClosed, stepClosed } from './wire-events.ts';

/** How what a turn left open is to end. */
export interface HalfTurnEnd {
  step: Exclude<RunStepStatus, 'in_progress' | 'completed'>;
  message: 'run_cancelled' | 'run_expired' | 'run_failed';
  error: RunStep['last_error'];
}

interface Delta {
  id: string;
  delta: { content: (MessageContent & { index: number })[] };
}

/** A message put together from its pieces, as a reader of the stream does. */
function contentOf(messageId: string, deltas: readonly Delta[]): MessageContent[] {
  const content: MessageContent[] = [];
  for (const { id, delta } of deltas) {
    if (id !== messageId) continue;
    for (const { index, ...piece } of delta.content) {
      const part = content[index];
      if (!part) content[index] = structuredClone(piece);
      else if (part.type === 'text' && piece.type === 'text') part.text.value += piece.text.value;
      else if (part.type === 'refusal' && piece.type === 'refusal') part.refusal += piece.refusal;
    }
  }
  return content;
}

async function closeMessage(
  tx: TransactionContext,
  run: RunRow,
  messageId: string,
  reason: HalfTurnEnd['message'],
  pending: readonly NewRunEvent[],
): Promise<MessageRow | undefined> {
  const written = await tx.trx
    .selectFrom('run_events')
    .select('data')
    .where('project_id', '=', tx.projectId)
    .where('run_id', '=', run.id)
    .where('event', '=', 'thread.message.delta')
    .orderBy('seq')
    .execute();
  const unwritten = pending.filter(({ event }) => event === 'thread.message.delta');
  const deltas = [...written, ...unwritten].map(({ data }) => data as unknown as Delta);
  return tx.trx
    .updateTable('messages')
    .set({
      status: 'incomplete',
      incomplete_at: tx.now,
      incomplete_details: JSON.stringify({ reason }),
      content: JSON.stringify(contentOf(messageId, deltas)),
    })
    .where('project_id', '=', tx.projectId)
    .where('id', '=', messageId)
    .where('status', '=', 'in_progress')
    .returningAll()
    .executeTakeFirst();
}

/**
 * Closes a run's open steps. What was written of their messages stays, `incomplete`; `pending` events of the turn come
 * before those that are given. Done where a run ends early, and where a turn begins anew.
 */
export async function closeOpenSteps(
  tx: TransactionContext,
  run: RunRow,
  end: HalfTurnEnd,
  pending: readonly NewRunEvent[] = [],
): Promise<NewRunEvent[]> {
  const closed = await tx.trx
    .updateTable('run_steps')
    .set({
      status: end.step,
      ...(end.step === 'cancelled' && { cancelled_at: tx.now }),
      ...(end.step === 'failed' && { failed_at: tx.now }),
      ...(end.error && { last_error: JSON.stringify(end.error) }),
    })
    .where('project_id', '=', tx.projectId)
    .where('run_id', '=', run.id)
    .where('status', '=', 'in_progress')
    .returningAll()
    .execute();
  const events: NewRunEvent[] = [];
  for (const step of closed) {
    if (step.details.type === 'message_creation') {
      const { message_id: messageId } = step.details.message_creation;
      const message = await closeMessage(tx, run, messageId, end.message, pending);
      if (message) events.push(messageClosed(message));
    }
    events.push(stepClosed(step, run));
  }
  return events;
}

/**
 * Takes back what an attempt at the run's present turn has shown, since the turn is done anew: its open step fails, its
 * message is `incomplete` and, like one that it had finished, left out of lists and of what models see. Readable by its id.
 */
export async function supersedeTurn(
  tx: TransactionContext,
  run: RunRow,
  pending: readonly NewRunEvent[] = [],
): Promise<NewRunEvent[]> {
  const error = { code: 'server_error' as const, message: "The model's answer broke off; it is asked for again." };
  const events = await closeOpenSteps(tx, run, { step: 'failed', message: 'run_failed', error }, pending);
  await sql`update messages set superseded = true
    where project_id = ${tx.projectId} and id in (
      select details -> 'message_creation' ->> 'message_id' from run_steps
      where project_id = ${tx.projectId} and run_id = ${run.id} and turn = ${run.turn} and type = 'message_creation'
    )`.execute(tx.trx);
  return events;
}
