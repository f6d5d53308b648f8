import { sql, type RawBuilder } from 'kysely';
import type { TransactionContext } from '../database/context.ts';
import type { Usage } from '../../schemas/usage.ts';
import type { PendingCall, RunRow } from '../database/tables.ts';
import { RUN_CHANNEL, type RunNotification } from '../database/notifications.ts';
import { byId } from '../database/filters.ts';

/** One event of a run's stream, with its name in the API. */
export interface NewRunEvent {
  event: string;
  data: object;
}

/** The columns that {@link eventRows} selects, in its order. */
export const EVENT_COLUMNS = ['project_id', 'run_id', 'seq', 'created_at', 'event', 'data'] as const;

/**
 * Rows of the events after `lastSeq`. The statement that inserts them also raises it on the run's row. The SQL text is the same
 * for any number of events, so it is planned once.
 */
export function eventRows(
  tx: TransactionContext,
  runId: string,
  lastSeq: number,
  events: readonly NewRunEvent[],
): RawBuilder<Record<string, unknown>> {
  const names = events.map(({ event }) => event);
  const data = events.map((event) => JSON.stringify(event.data));
  return sql`select ${tx.projectId}, ${runId}, ${lastSeq}::bigint + position, ${tx.now}::timestamptz, name, data::json
    from unnest(${names}::text[], ${data}::text[]) with ordinality as appended (name, data, position)`;
}

/** An expression that notifies every process, on commit, that a run has changed. It is added to another statement. */
export function notifyRun(tx: TransactionContext, runId: string, change: RunNotification['change']): RawBuilder<unknown> {
  const payload: RunNotification = { projectId: tx.projectId, runId, change, atMs: tx.now.getTime() };
  return sql`pg_notify(${RUN_CHANNEL}, ${JSON.stringify(payload)})`;
}

/** The columns of a run that may be set while its status stays the same. */
export interface UnchangedStatus {
  fence?: number;
  attempt_in_flight: boolean;
  turn?: number;
  turn_events: number;
  turn_failures?: number;
  pending_call?: PendingCall | null;
  usage?: Usage;
  presumed_lost_at: Date | null;
  revivals: number;
}

/** Appends events to a run whose row is locked and whose status does not change. Also sets `fields` on the row. */
export async function updateRunWithEvents(
  tx: TransactionContext,
  run: Pick<RunRow, 'id' | 'event_seq'>,
  events: readonly NewRunEvent[],
  fields: UnchangedStatus,
): Promise<void> {
  const lastSeq = Number(run.event_seq);
  const { pending_call: pendingCall, usage, ...columns } = fields;
  await tx.db
    .with('raised', (db) =>
      db
        .updateTable('runs')
        .set({
          ...columns,
          ...(pendingCall !== undefined && { pending_call: pendingCall && JSON.stringify(pendingCall) }),
          ...(usage && { usage: JSON.stringify(usage) }),
          event_seq: lastSeq + events.length,
        })
        .where(byId(tx, run.id))
        .returning('id'),
    )
    .with('appended', (db) =>
      db
        .insertInto('run_events')
        .columns(EVENT_COLUMNS)
        .expression(eventRows(tx, run.id, lastSeq, events)),
    )
    .selectFrom('raised')
    .select(notifyRun(tx, run.id, 'written').as('notified'))
    .execute();
}

export async function notifyRunDeleted(tx: TransactionContext, runId: string): Promise<void> {
  await sql`select ${notifyRun(tx, runId, 'deleted')}`.execute(tx.db);
}
