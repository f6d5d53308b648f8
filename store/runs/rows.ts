import { sql } from 'kysely';
import type { TransactionContext } from '../database/context.ts';
import type { RunRow } from '../database/tables.ts';

/** Locks a run's row for the rest of the transaction. Returns undefined if there is no such run. */
export async function lockRun(tx: TransactionContext, id: string): Promise<RunRow | undefined> {
  return tx.trx
    .selectFrom('runs')
    .selectAll()
    .where('project_id', '=', tx.projectId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** The id of the run that holds a thread; undefined if the thread is free. Not locked. */
export async function activeRunId(tx: TransactionContext, threadId: string): Promise<string | undefined> {
  const run = await tx.trx
    .selectFrom('runs')
    .select('id')
    .where('project_id', '=', tx.projectId)
    .where('thread_id', '=', threadId)
    .where('holds_thread', '=', sql.lit(true))
    .executeTakeFirst();
  return run?.id;
}
