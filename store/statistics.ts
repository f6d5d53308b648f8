import { sql, type Kysely } from 'kysely';
import type { RunStatus } from '../schemas/run.ts';
import type { Database } from './database/tables.ts';
import type { Store } from './database/open.ts';
import { FAILING_ATTEMPTS } from './database/outbox.ts';

/** The number of runs that are not terminal, in all projects, by status. */
export async function activeRuns(db: Kysely<Database>): Promise<Map<RunStatus, number>> {
  const rows = await db
    .selectFrom('runs')
    .select(['status', sql<string>`count(*)`.as('runs')])
    .where('holds_thread', '=', sql.lit(true))
    .groupBy('status')
    .execute();
  return new Map(rows.map(({ status, runs }) => [status, Number(runs)]));
}

/**
 * Outbox rows that are not carried out yet: their number, how many of them failed {@link FAILING_ATTEMPTS} times, and the age
 * of the oldest in seconds.
 */
export async function outboxBacklog({
  db,
  clock,
}: Pick<Store, 'db' | 'clock'>): Promise<{ rows: number; failing: number; oldestSeconds: number }> {
  const age = sql<string | null>`extract(epoch from ${clock.sqlNow()} - min(created_at))`;
  const row = await db
    .selectFrom('outbox')
    .select([
      sql<string>`count(*)`.as('rows'),
      sql<string>`count(*) filter (where attempts >= ${FAILING_ATTEMPTS})`.as('failing'),
      age.as('oldest'),
    ])
    .executeTakeFirstOrThrow();
  return { rows: Number(row.rows), failing: Number(row.failing), oldestSeconds: Math.max(0, Number(row.oldest ?? 0)) };
}
