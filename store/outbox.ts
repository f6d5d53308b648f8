import { nanoid } from 'nanoid';
import { sql, type Kysely } from 'kysely';
import type { OutgoingRow, TransactionContext } from './context.ts';
import type { Database, OutboxRow } from './database.ts';
import type { Store } from './open.ts';

/** Back-off between attempts to send one row, in milliseconds: doubled each time up to the longest. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 5_000;

/**
 * A row that says that Temporal must hear of a run, to be inserted in the transaction. A process with a sender sends it right
 * after its commit; other processes take it only if that has not happened a moment later.
 */
export function outgoing(tx: TransactionContext, runId: string, kind: OutboxRow['kind']): Omit<OutboxRow, 'attempts'> {
  const row: OutgoingRow = { id: nanoid(), project_id: tx.projectId, run_id: runId, kind };
  tx.committing.outgoing.push(row);
  const untilOthersMs = tx.sendsOutbox ? FIRST_RETRY_MS : 0;
  return { ...row, created_at: tx.now, next_attempt_at: new Date(tx.now.getTime() + untilOthersMs) };
}

export async function enqueue(tx: TransactionContext, runId: string, kind: OutboxRow['kind']): Promise<void> {
  await tx.trx
    .insertInto('outbox')
    .values(outgoing(tx, runId, kind))
    .execute();
}

/**
 * Takes rows that are due, for one attempt to send each. A row that is not deleted afterwards comes up again, so a process
 * that dies while sending loses nothing. Rows that another process is taking are skipped.
 */
export async function takeDue({ db, clock }: Pick<Store, 'db' | 'clock'>, limit: number): Promise<OutboxRow[]> {
  return db
    .updateTable('outbox')
    .set((eb) => ({
      attempts: eb('attempts', '+', 1),
      next_attempt_at: sql<Date>`${clock.sqlNow()}
        + make_interval(secs => least(${FIRST_RETRY_MS} * power(2, least(attempts, 20)), ${LONGEST_RETRY_MS}) / 1000.0)`,
    }))
    .where((eb) =>
      eb(
        'id',
        'in',
        eb
          .selectFrom('outbox')
          .select('id')
          .where('next_attempt_at', '<=', clock.sqlNow())
          .orderBy('next_attempt_at')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      ),
    )
    .returningAll()
    .execute();
}

export async function markSent(db: Kysely<Database>, ids: readonly string[]): Promise<void> {
  await db
    .deleteFrom('outbox')
    .where('id', '=', sql<string>`any(${ids})`)
    .execute();
}
