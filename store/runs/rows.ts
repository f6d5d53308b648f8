import { sql } from 'kysely';
import type { TransactionContext } from '../database/context.ts';
import type { RunRow } from '../database/tables.ts';
import { byId, inProject } from '../database/filters.ts';

/** Locks a run's row for the rest of the transaction. Returns undefined if there is no such run. */
export async function lockRun(tx: TransactionContext, id: string): Promise<RunRow | undefined> {
  return tx.db.selectFrom('runs').selectAll().where(byId(tx, id)).forNoKeyUpdate().executeTakeFirst();
}

/** The id of the run that holds a thread; undefined if the thread is free. Not locked. */
export async function activeRunId(tx: TransactionContext, threadId: string): Promise<string | undefined> {
  const run = await tx.db
    .selectFrom('runs')
    .select('id')
    .where(inProject(tx))
    .where('thread_id', '=', threadId)
    .where('holds_thread', '=', sql.lit(true))
    .executeTakeFirst();
  return run?.id;
}
