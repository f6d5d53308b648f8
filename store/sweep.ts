import type { Store } from './open.ts';
import { settleById } from './runs/read.ts';
import { forgetDeltas } from './runs/stream.ts';
import { CANCELLING_LIMIT_MS } from '../domain/run-state.ts';

const KEYS_KEPT_MS = 24 * 3_600_000;
const BATCH = 100;

/** Ends runs whose time is over, in all projects. Reads do the same, so this only makes it prompt. Gives how many. */
export async function settleDueRuns(store: Store): Promise<number> {
  const now = store.now();
  const due = await store.db
    .selectFrom('runs')
    .select(['project_id', 'id'])
    .where('holds_thread', '=', true)
    .where((eb) =>
      eb.or([
        eb('expires_at', '<=', now),
        eb.and([eb('status', '=', 'cancelling'), eb('cancelling_at', '<=', new Date(now.getTime() - CANCELLING_LIMIT_MS))]),
      ]),
    )
    .limit(BATCH)
    .execute();
  for (const run of due) await settleById(store.project(run.project_id), run.id);
  return due.length;
}

/** Forgets Idempotency-Keys and the places of deleted objects after a day, and deltas when nobody can come back for them. */
export async function forgetWhatIsOld(store: Store): Promise<void> {
  const before = new Date(store.now().getTime() - KEYS_KEPT_MS);
  await store.db.deleteFrom('idempotency_keys').where('created_at', '<', before).execute();
  await store.db.deleteFrom('deleted_objects').where('deleted_at', '<', before).execute();
  while ((await forgetDeltas(store, BATCH)) === BATCH);
}
