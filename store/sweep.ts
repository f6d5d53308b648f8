import { sql, type RawBuilder } from 'kysely';
import type { Store } from './open.ts';
import { expireById } from './runs/read.ts';
import { purgeDeltas } from './runs/stream.ts';
import { CANCELLING_LIMIT_MS } from '../domain/run-state.ts';

const KEYS_KEPT_MS = 24 * 3_600_000;
const BATCH = 100;

const earlier = (time: RawBuilder<Date>, ms: number): RawBuilder<Date> =>
  sql<Date>`${time} - make_interval(secs => ${ms / 1_000})`;

/**
 * Ends runs whose time is over by the database's clock, in all projects. Reads do the same, so this only makes it prompt.
 * Returns how many. What the partial indexes are about is written out: a plan that is kept knows no parameters.
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

/** Forgets Idempotency-Keys and the places of deleted objects after a day, and deltas when nobody can come back for them. */
export async function purgeExpired(store: Store): Promise<void> {
  const before = earlier(store.clock.sqlNow(), KEYS_KEPT_MS);
  await store.db.deleteFrom('idempotency_keys').where('created_at', '<', before).execute();
  await store.db.deleteFrom('deleted_objects').where('deleted_at', '<', before).execute();
  while ((await purgeDeltas(store, BATCH)) === BATCH);
}
