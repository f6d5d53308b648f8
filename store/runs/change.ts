import { sql } from 'kysely';
import type { WorkflowCommand } from '../../contracts/outbox-command.ts';
import { isTerminal, transition, type RunChange } from '../../domain/run-state.ts';
import { addUsage, NO_USAGE } from '../../domain/usage.ts';
import type { Usage } from '../../schemas/usage.ts';
import type { TransactionContext } from '../database/context.ts';
import type { RunRow } from '../database/tables.ts';
import { outboxRow } from '../database/outbox.ts';
import { EVENT_COLUMNS, eventRows, notifyRun, type NewRunEvent } from '../events/events.ts';
import { closeOpenSteps, type OpenStepsEnd } from '../steps/open-steps.ts';
import { insertAttempt, endAttempt, attemptEndFor } from './attempts.ts';
import { signOfLife } from './signs-of-life.ts';
import type { TurnProgress } from '../steps/written-rows.ts';
import { runChanged } from '../events/wire-events.ts';
import { runWorkflow } from './workflow.ts';
import { writeRows } from '../steps/written-rows.ts';
import { byId } from '../database/filters.ts';

/** What is written together with a change of status. */
export interface WrittenWithChange {
  /** Events that precede the run's own event, e.g. those of its steps. */
  events?: readonly NewRunEvent[];
  /** The progress of its turn that is not written yet. Its events precede all others. */
  progress?: TurnProgress;
  /** The number of the next turn. */
  turn?: number;
  fence?: number;
  /** The usage of a turn. A run's usage is the sum over its turns. */
  usage?: Usage;
  /** A client follows the run from now on. */
  streamed?: boolean;
  /** What to send to its workflow. */
  workflow?: WorkflowCommand['action'];
}

/** How long a run's deltas are kept after its end, in milliseconds. */
const DELTAS_KEPT_MS = 15 * 60_000;

/** How a change of status closes the run's open steps; null if it does not close them. */
function openStepsEndOf(change: RunChange): OpenStepsEnd | null {
  switch (change.to) {
    case 'cancelled':
      return { step: 'cancelled', message: 'run_cancelled', error: null };
    case 'expired':
      return { step: 'expired', message: 'run_expired', error: null };
    case 'failed': {
      const { code, message } = change.error;
      return { step: 'failed', message: 'run_failed', error: code === 'invalid_prompt' ? null : { code, message } };
    }
    default:
      return null;
  }
}

/** The statement that begins or ends an attempt together with a change of status; null if the change does neither. */
function attemptChange(tx: TransactionContext, run: RunRow, change: RunChange, { fence }: WrittenWithChange) {
  if (change.to === 'in_progress' && fence !== undefined) return insertAttempt(tx, { runId: run.id, fence, turn: run.turn });
  const ends = run.attempt_in_flight && change.to !== 'cancelling';
  return ends ? endAttempt(tx, run, attemptEndFor(change)) : null;
}

/**
 * Changes a run's status in the caller's transaction, which has locked the row. Writes the row, its open steps, its usage, the
 * stream's events, the command for Temporal and the notification to other processes. Every change of status goes through here.
 * This is the most frequent write, so a change without steps or progress is one statement.
 * @throws {IllegalTransition}
 */
export async function changeRun(
  tx: TransactionContext,
  run: RunRow,
  change: RunChange,
  alongside: WrittenWithChange = {},
): Promise<RunRow> {
  const next = transition(run.status, change, tx.now);
  const { required_action, last_error, incomplete_details, ...patch } = next;
  const terminal = isTerminal(change.to);
  const { progress } = alongside;
  if (progress) await writeRows(tx, progress);
  const end = openStepsEndOf(change);
  const stepEvents = end ? await closeOpenSteps(tx, run, end, progress?.events) : [];
  const used = alongside.usage ?? (terminal ? NO_USAGE : null);
  const usage = used ? addUsage(run.usage ?? NO_USAGE, used) : run.usage;
  const after: RunRow = { ...run, ...next, usage };
  const events: NewRunEvent[] = [
    ...(progress?.events ?? []),
    ...(alongside.events ?? []),
    ...stepEvents,
    runChanged(`thread.run.${change.to}`, after),
  ];
  const lastSeq = Number(run.event_seq);
  const { workflow } = alongside;
  const changed = tx.db
    .with('changed', (db) =>
      db
        .updateTable('runs')
        .set({
          ...patch,
          pending_call: null,
          required_action: required_action === null ? null : JSON.stringify(required_action),
          ...(last_error && { last_error: JSON.stringify(last_error) }),
          ...(incomplete_details && { incomplete_details: JSON.stringify(incomplete_details) }),
          ...(used && { usage: JSON.stringify(usage) }),
          ...signOfLife(change.to, tx.now),
          ...(terminal && { deltas_until: new Date(tx.now.getTime() + DELTAS_KEPT_MS) }),
          ...(alongside.turn !== undefined && { turn: alongside.turn, turn_failures: 0 }),
          ...(alongside.fence !== undefined && { fence: alongside.fence, turn_events: 0 }),
          ...(alongside.streamed && { streamed: true }),
          event_seq: lastSeq + events.length,
        })
        .where(byId(tx, run.id))
        .returningAll(),
    )
    .with('appended', (db) =>
      db
        .insertInto('run_events')
        .columns(EVENT_COLUMNS)
        .expression(eventRows(tx, run.id, lastSeq, events)),
    );
  const attempt = attemptChange(tx, run, change, alongside);
  const withAttempt = attempt === null ? changed : changed.with('attempt', () => sql<Record<string, unknown>>`(${attempt})`);
  const withOutbox =
    workflow === undefined
      ? withAttempt
      : withAttempt.with('sent', (db) =>
          db.insertInto('outbox').values(outboxRow(tx, runWorkflow(tx.projectId, run.id, workflow))),
        );
  const { notified: _, ...row } = await withOutbox
    .selectFrom('changed')
    .selectAll()
    .select(notifyRun(tx, run.id, change.to).as('notified'))
    .executeTakeFirstOrThrow();
  tx.committing.statuses.push(change.to);
  return row;
}
