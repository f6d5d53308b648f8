import { sql, type RawBuilder } from 'kysely';
import type { TransactionContext } from '../context.ts';
import { RUN_CHANNEL, type RunNotice } from '../notifications.ts';

/** One event of a run's stream, named as on the wire. */
export interface NewRunEvent {
  event: string;
  data: object;
}

/** The columns that {@link eventRows} gives, in its order. */
export const EVENT_COLUMNS = ['project_id', 'run_id', 'seq', 'created_at', 'event', 'data'] as const;

/**
 * Rows of events behind `lastSeq`, to be inserted by the statement that raises it on the run's row. One text for any number
 * of events, so that it is planned once.
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

/** Tells every process, on commit, that a run has changed: an expression, so that it rides on another statement. */
export function notice(tx: TransactionContext, runId: string, status: RunNotice['status']): RawBuilder<unknown> {
  const payload: RunNotice = { projectId: tx.projectId, runId, status, atMs: tx.now.getTime() };
  return sql`pg_notify(${RUN_CHANNEL}, ${JSON.stringify(payload)})`;
}

export async function notifyRunDeleted(tx: TransactionContext, runId: string): Promise<void> {
  await sql`select ${notice(tx, runId, 'deleted')}`.execute(tx.trx);
}
