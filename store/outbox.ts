import { sql, type Kysely } from 'kysely';
import type { TransactionContext } from './context.ts';
import type { Database, OutboxRow } from './database.ts';

/** Back-off between attempts to send one row, in milliseconds: doubled each time up to the longest. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/** Notes that Temporal must hear of a run. It is sent after the commit. */
export async function enqueue(tx: TransactionContext, runId: string, kind: OutboxRow['kind']): Promise<void> {
  await tx.trx
    .insertInto('outbox')
    .values({ project_id: tx.projectId, run_id: runId, kind, created_at: tx.now, next_attempt_at: tx.now })
    .execute();
}

/**
 * Takes rows that are due, for one attempt to send each. A row that is not deleted afterwards comes up again, so a process
 * that dies while sending loses nothing. Rows that another process is taking are skipped.
 */
export async function takeDue(db: Kysely<Database>, now: Date, limit: number): Promise<OutboxRow[]> {
  return db
    .updateTable('outbox')
    .set((eb) => ({
      attempts: eb('attempts', '+', 1),
      next_attempt_at: sql<Date>`${now}::timestamptz
        + make_interval(secs => least(${FIRST_RETRY_MS} * power(2, least(attempts, 20)), ${LONGEST_RETRY_MS}) / 1000.0)`,
    }))
    .where((eb) =>
      eb(
        'id',
        'in',
        eb
          .selectFrom('outbox')
          .select('id')
          .where('next_attempt_at', '<=', now)
          .orderBy('id')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      ),
    )
    .returningAll()
    .execute();
}

export async function markSent(db: Kysely<Database>, id: string): Promise<void> {
  await db.deleteFrom('outbox').where('id', '=', id).execute();
}
