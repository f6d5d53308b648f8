import { nanoid } from 'nanoid';
import { sql } from 'kysely';
import { EXECUTE_RUN, RUN_CHANGED } from '../../contracts/execute-run.ts';
import type { RunStatus } from '../../schemas/run.ts';
import type { Store } from '../open.ts';

/** A run at work shows a sign of life more often than this, in milliseconds. */
export const SIGN_OF_LIFE_MS = 5_000;
const LONGEST_BACKOFF_MS = 60_000;
/** Runs that are taken up again at a time. */
const BATCH = 20;

/** Statuses in which somebody must be at work: in all others a run waits for its caller, or has ended. */
const AT_WORK = new Set<RunStatus>(['queued', 'in_progress', 'cancelling']);

/** What a change of status, or a pause of `pauseMs` milliseconds before the next attempt, sets on the run's row. */
export function signOfLife(status: RunStatus, now: Date, pauseMs = 0): { presumed_lost_at: Date | null; revivals: number } {
  const presumedLostAt = AT_WORK.has(status) ? new Date(now.getTime() + pauseMs + SIGN_OF_LIFE_MS) : null;
  return { presumed_lost_at: presumedLostAt, revivals: 0 };
}

/** Signs of life of the runs whose turns a process holds. One whose row is locked just now is left out: it is being changed. */
export async function showLife(store: Store, held: readonly { projectId: string; runId: string }[]): Promise<void> {
  const lostAt = new Date(store.now().getTime() + SIGN_OF_LIFE_MS);
  await sql`with held as (
      select project_id, id from runs
      where (project_id, id) in (select * from unnest(${held.map(({ projectId }) => projectId)}::text[],
          ${held.map(({ runId }) => runId)}::text[]))
        and status in ('in_progress', 'cancelling')
      for no key update skip locked
    )
    update runs set presumed_lost_at = ${lostAt}, revivals = 0 from held
    where runs.project_id = held.project_id and runs.id = held.id`.execute(store.db);
}

/**
 * Has Temporal signal, or start anew, the workflows of runs that have shown no sign of life: Temporal may have lost its state,
 * or the database may be an older one that was restored. Twenty at a time, and each of them less and less often; a run that
 * stands in the outbox already is left to it. Returns how many.
 */
export async function reviveLostRuns(store: Store): Promise<number> {
  const now = store.now();
  const { rows } = await sql<{ id: string }>`with lost as (
      select project_id, id, revivals from runs
      where status in ('queued', 'in_progress', 'cancelling') and presumed_lost_at <= ${now}
        and not exists (select from outbox where outbox.workflow_type = ${EXECUTE_RUN} and outbox.workflow_id = runs.id)
      order by presumed_lost_at limit ${BATCH}
      for no key update skip locked
    ), postponed as (
      update runs set revivals = lost.revivals + 1,
        presumed_lost_at = ${now}::timestamptz + make_interval(secs =>
          least(${SIGN_OF_LIFE_MS} * power(2, least(lost.revivals + 1, 20)), ${LONGEST_BACKOFF_MS}) / 1000.0)
      from lost where runs.project_id = lost.project_id and runs.id = lost.id
      returning runs.project_id, runs.id
    )
    insert into outbox (id, project_id, action, workflow_type, workflow_id, arguments, created_at, next_attempt_at)
    select ${`${nanoid()}-`} || row_number() over (), project_id, 'signal_with_start', ${EXECUTE_RUN}, id,
      json_build_object('args', json_build_array(json_build_object('projectId', project_id, 'runId', id)),
        'signal', ${RUN_CHANGED}::text), ${now}, ${now} from postponed
    returning workflow_id as id`.execute(store.db);
  return rows.length;
}
