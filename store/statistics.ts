import { sql, type Kysely } from 'kysely';
import type { RunStatus } from '../schemas/run.ts';
import type { Database } from './database.ts';
import type { Store } from './open.ts';

/** Runs that are not terminal, over all projects, by status. */
export async function activeRuns(db: Kysely<Database>): Promise<Map<RunStatus, number>> {
  const rows = await db
    .selectFrom('runs')
    .select(['status', sql<string>`count(*)`.as('runs')])
    .where('holds_thread', '=', sql.lit(true))
    .groupBy('status')
    .execute();
  return new Map(rows.map(({ status, runs }) => [status, Number(runs)]));
}

/** What Temporal has not been told yet: how many rows, and the age of the oldest in seconds. */
export async function outboxBacklog({
  db,
  clock,
}: Pick<Store, 'db' | 'clock'>): Promise<{ rows: number; oldestSeconds: number }> {
  const age = sql<string | null>`extract(epoch from ${clock.sqlNow()} - min(created_at))`;
  const row = await db
    .selectFrom('outbox')
    .select([sql<string>`count(*)`.as('rows'), age.as('oldest')])
    .executeTakeFirstOrThrow();
  return { rows: Number(row.rows), oldestSeconds: Math.max(0, Number(row.oldest ?? 0)) };
}
