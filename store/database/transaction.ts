import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { apiErrors } from '../../domain/api-errors.ts';
import type { Committed } from './commits.ts';
import type { Idempotency, ProjectContext, TransactionContext } from './context.ts';
import { inProject } from './filters.ts';

/** Postgres' codes for a deadlock and for a serialisation failure: the transaction can be retried. */
const TRANSIENT_CODES = new Set(['40P01', '40001']);
const ATTEMPTS = 5;

function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Runs one transaction and retries it after a deadlock or a serialisation failure. An error rolls everything back. Commit
 * listeners are called after the commit.
 */
export async function inTransaction<T>(context: ProjectContext, work: (tx: TransactionContext) => Promise<T>): Promise<T> {
  const { projectId, db, clock, commits } = context;
  await clock.ready();
  for (let attempt = 1; ; attempt += 1) {
    const committing: Committed = { statuses: [], outgoing: [] };
    try {
      const result = await db.transaction().execute((transaction) => {
        const readDatabaseTime = (): Promise<Date> => clock.ask(transaction);
        return work({
          projectId,
          db: transaction,
          now: clock.now(),
          readDatabaseTime,
          sendsOutbox: commits.hasSender,
          committing,
        });
      });
      commits.report(committing);
      return result;
    } catch (error) {
      if (attempt >= ATTEMPTS || !TRANSIENT_CODES.has(sqlState(error) ?? '')) throw error;
      await delay(attempt * 10);
    }
  }
}

/**
 * Runs a command of the API: its effects and its answer are written in one transaction. With an Idempotency-Key, the answer is
 * stored with the effects, and a second request with the key gets the same answer. A refused request does not store its key.
 * @throws {ApiError} 400 if the key was used with another body, or if the request says that it was sent before and the key is
 * unknown
 */
export async function command<T extends object>(
  context: ProjectContext,
  idempotency: Idempotency | undefined,
  work: (tx: TransactionContext) => Promise<T>,
): Promise<T> {
  if (!idempotency) return inTransaction(context, work);
  const { route, key, bodyHash, repeated = false } = idempotency;
  return inTransaction(context, async (tx) => {
    // A second transaction with this key waits here until the first has ended.
    const inserted = await tx.db
      .insertInto('idempotency_keys')
      .values({ project_id: tx.projectId, route, key, body_hash: bodyHash, created_at: tx.now, answer: null })
      .onConflict((conflict) => conflict.doNothing())
      .returning('key')
      .executeTakeFirst();
    const thisKey = tx.db.selectFrom('idempotency_keys').where(inProject(tx)).where('route', '=', route).where('key', '=', key);
    if (!inserted) {
      const earlier = await thisKey.select(['body_hash', 'answer']).executeTakeFirstOrThrow();
      if (earlier.body_hash !== bodyHash) throw apiErrors.keyReused();
      return earlier.answer as T;
    }
    if (repeated) throw apiErrors.keyUnknown();
    const answer = await work(tx);
    await sql`update idempotency_keys set answer = ${JSON.stringify(answer)}
      where project_id = ${tx.projectId} and route = ${route} and key = ${key}`.execute(tx.db);
    return answer;
  });
}
