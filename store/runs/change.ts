import { isTerminal, transition, type RunChange } from '../../domain/run-state.ts';
import { addUsage, NO_USAGE } from '../../domain/usage.ts';
import type { Usage } from '../../schemas/usage.ts';
import type { RunStepStatus } from '../../schemas/run-step.ts';
import type { TransactionContext } from '../context.ts';
import type { OutboxRow, RunRow } from '../database.ts';
import { outgoing } from '../outbox.ts';
import { stepToWire } from '../run-steps.ts';
import { EVENT_COLUMNS, eventRows, notice, type NewRunEvent } from './events.ts';

/** What else a change of status sets on the run's row. */
export interface AlongsideChange {
  /** Events that precede the run's own, e.g. those of its steps. */
  events?: readonly NewRunEvent[];
  /** The turn that comes next. */
  turn?: number;
  fence?: number;
  /** What a turn has used: a run's usage is the sum over its turns. */
  usage?: Usage;
  /** What Temporal must hear. */
  tell?: OutboxRow['kind'];
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

/**
 * Changes a run's status: the row, its open steps, its usage, the stream's events, what Temporal must hear of and the notice
 * to other processes, in the caller's transaction, which holds the row's lock. Every change of a status goes through here.
 * It is the hottest write there is, hence one statement.
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
  const usage = alongside.usage ?? (terminal ? NO_USAGE : null);
  const lastSeq = Number(run.event_seq);
  const { tell } = alongside;
  const changed = tx.trx
    .with('changed', (db) =>
      db
        .updateTable('runs')
        .set({
          ...patch,
          required_action: required_action === null ? null : JSON.stringify(required_action),
          ...(last_error && { last_error: JSON.stringify(last_error) }),
          ...(incomplete_details && { incomplete_details: JSON.stringify(incomplete_details) }),
          ...(usage && { usage: JSON.stringify(addUsage(run.usage ?? NO_USAGE, usage)) }),
          ...(alongside.turn !== undefined && { turn: alongside.turn, turn_failures: 0 }),
          ...(alongside.fence !== undefined && { fence: alongside.fence }),
          event_seq: lastSeq + events.length,
        })
        .where('project_id', '=', tx.projectId)
        .where('id', '=', run.id)
        .returningAll(),
    )
    .with('appended', (db) =>
      db
        .insertInto('run_events')
        .columns(EVENT_COLUMNS)
        .expression(eventRows(tx, run.id, lastSeq, events)),
    );
  const told =
    tell === undefined ? changed : changed.with('told', (db) => db.insertInto('outbox').values(outgoing(tx, run.id, tell)));
  const { noticed: _, ...row } = await told
    .selectFrom('changed')
    .selectAll()
    .select(notice(tx, run.id, change.to).as('noticed'))
    .executeTakeFirstOrThrow();
  tx.committing.statuses.push(change.to);
  return row;
}
