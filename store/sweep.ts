import { sql, type RawBuilder } from 'kysely';
import type { Store } from './database/open.ts';
import { expireById } from './runs/read.ts';
import { purgeDeltas } from './events/stream.ts';
import { CANCELLING_LIMIT_MS } from '../domain/run-state.ts';

const KEYS_KEPT_MS = 24 * 3_600_000;
const BATCH = 100;
/** Of deltas at a time. */
const MOST_BATCHES = 50;

const earlier = (time: RawBuilder<Date>, ms: number): RawBuilder<Date> =>
  sql<Date>`${time} - make_interval(secs => ${ms / 1_000})`;

/**
 * Ends overdue runs of all projects, by the database's clock. Reads do the same, so this only ends them promptly. Returns the
 * number of overdue runs, at most 100 per call. The values in the partial indexes' conditions are literals, since a cached plan
 * does not know the parameters and could not use these indexes.
 */
export async function expireDueRuns(store: Store): Promise<number> {
  const now = store.clock.sqlNow();
  const due = await store.db
    .selectFrom('runs')
    .select(['project_id', 'id'])
    .where('holds_thread', '=', sql.lit(true))
    .where((eb) =>
      eb.or([
        eb('expires_at', '<=', now),
        eb.and([eb('status', '=', sql.lit('cancelling')), eb('cancelling_at', '<=', earlier(now, CANCELLING_LIMIT_MS))]),
      ]),
    )
    .limit(BATCH)
    .execute();
  for (const run of due) await expireById(store.project(run.project_id), run.id);
  return due.length;
}

/**
 * Deletes idempotency keys and the list positions of deleted objects after a day, and deltas when no client can resume their
 * stream any more.
 */
export async function purgeExpired(store: Store): Promise<void> {
  const before = earlier(store.clock.sqlNow(), KEYS_KEPT_MS);
  await store.db.deleteFrom('idempotency_keys').where('created_at', '<', before).execute();
  await store.db.deleteFrom('deleted_objects').where('deleted_at', '<', before).execute();
  // What is left is deleted the next time: a process that ends waits for this.
  for (let batch = 0; batch < MOST_BATCHES && (await purgeDeltas(store, BATCH)) === BATCH; batch += 1);
}
