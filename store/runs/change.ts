import { isTerminal, transition, type RunChange } from '../../domain/run-state.ts';
import { addUsage, NO_USAGE } from '../../domain/usage.ts';
import type { Usage } from '../../schemas/usage.ts';
import type { RunStepStatus } from '../../schemas/run-step.ts';
import type { TransactionContext } from '../context.ts';
import type { RunRow } from '../database.ts';
import { stepToWire } from '../run-steps.ts';
import { appendEvents, notifyRunChanged, type NewRunEvent } from './events.ts';

/** What else a change of status sets on the run's row. */
export interface AlongsideChange {
  /** Events that precede the run's own, e.g. those of its steps. */
  events?: readonly NewRunEvent[];
  /** The turn that comes next. */
  turn?: number;
  fence?: number;
}

/** What open steps become when their run ends. */
function stepStatusFor(change: RunChange): Exclude<RunStepStatus, 'in_progress'> | null {
  switch (change.to) {
    case 'cancelled':
    case 'failed':
    case 'expired':
      return change.to;
    default:
      return null;
  }
}

async function closeOpenSteps(tx: TransactionContext, run: RunRow, change: RunChange): Promise<NewRunEvent[]> {
  const status = stepStatusFor(change);
  if (status === null) return [];
  const error = change.to === 'failed' && change.error.code !== 'invalid_prompt' ? change.error : null;
  const closed = await tx.trx
    .updateTable('run_steps')
    .set({
      status,
      ...(status === 'cancelled' && { cancelled_at: tx.now }),
      ...(status === 'failed' && { failed_at: tx.now }),
      ...(error && { last_error: JSON.stringify(error) }),
    })
    .where('project_id', '=', tx.projectId)
    .where('run_id', '=', run.id)
    .where('status', '=', 'in_progress')
    .returningAll()
    .execute();
  return closed.map((step) => ({ event: `thread.run.step.${status}`, data: stepToWire(step, run) }));
}

async function totalUsage(tx: TransactionContext, runId: string): Promise<Usage> {
  const turns = await tx.trx
    .selectFrom('run_turns')
    .select('outcome')
    .where('project_id', '=', tx.projectId)
    .where('run_id', '=', runId)
    .execute();
  return turns.reduce((sum, turn) => addUsage(sum, turn.outcome.usage), NO_USAGE);
}

/**
 * Changes a run's status: the row, its open steps, its usage, the stream's events and the notice to other processes, in the
 * caller's transaction, which holds the row's lock. Every change of a status goes through here.
 * @throws {IllegalTransition}
 */
export async function changeRun(
  tx: TransactionContext,
  run: RunRow,
  change: RunChange,
  alongside: AlongsideChange = {},
): Promise<RunRow> {
  const { required_action, last_error, incomplete_details, ...patch } = transition(run.status, change, tx.now);
  const terminal = isTerminal(change.to);
  const stepEvents = terminal ? await closeOpenSteps(tx, run, change) : [];
  const events: NewRunEvent[] = [
    ...(alongside.events ?? []),
    ...stepEvents,
    { event: `thread.run.${change.to}`, data: { status: change.to, at: tx.now.toISOString(), required_action } },
  ];
  const updated = await tx.trx
    .updateTable('runs')
    .set({
      ...patch,
      required_action: required_action === null ? null : JSON.stringify(required_action),
      ...(last_error && { last_error: JSON.stringify(last_error) }),
      ...(incomplete_details && { incomplete_details: JSON.stringify(incomplete_details) }),
      ...(terminal && { usage: JSON.stringify(await totalUsage(tx, run.id)) }),
      ...(alongside.turn !== undefined && { turn: alongside.turn, turn_failures: 0 }),
      ...(alongside.fence !== undefined && { fence: alongside.fence }),
      event_seq: Number(run.event_seq) + events.length,
    })
    .where('project_id', '=', tx.projectId)
    .where('id', '=', run.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await appendEvents(tx, run.id, Number(run.event_seq), events);
  await notifyRunChanged(tx, run.id, change.to);
  return updated;
}
