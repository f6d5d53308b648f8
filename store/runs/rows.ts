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
