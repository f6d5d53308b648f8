import type { ApiError } from '../../domain/api-error.ts';
import { apiErrors } from '../../domain/api-errors.ts';
import type { TransactionContext } from '../database/context.ts';
import { activeRunId, lockRun } from '../runs/rows.ts';
import { expireIfDue } from '../runs/expire.ts';
import { byId } from '../database/filters.ts';

/**
 * Locks a thread's row for the rest of the transaction, so that runs and messages of one thread are created one after another.
 * Threads are always locked before their runs. The lock is NO KEY, so that a worker can add a message meanwhile.
 * @throws {ApiError} 404
 */
export async function lockThread(tx: TransactionContext, id: string): Promise<void> {
  const row = await tx.db.selectFrom('threads').select('id').where(byId(tx, id)).forNoKeyUpdate().executeTakeFirst();
  if (!row) throw apiErrors.notFound('thread', id);
}

/**
 * Locks a thread that has no active run. An overdue run is ended first, so a lost run cannot block its thread.
 * @throws {ApiError} 404, or the error that `busy` returns for the active run
 */
export async function lockFreeThread(
  tx: TransactionContext,
  id: string,
  busy: (threadId: string, runId: string) => ApiError,
): Promise<void> {
  await lockThread(tx, id);
  const runId = await activeRunId(tx, id);
  const run = runId === undefined ? undefined : await lockRun(tx, runId);
  if (!run) return;
  const current = await expireIfDue(tx, run);
  if (current.holds_thread) throw busy(id, current.id);
}
