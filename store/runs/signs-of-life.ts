import { nanoid } from 'nanoid';
import { sql } from 'kysely';
import { EXECUTE_RUN, RUN_CHANGED } from '../../contracts/execute-run.ts';
import type { RunStatus } from '../../schemas/run.ts';
import type { Store } from '../database/open.ts';

/** The longest interval between two signs of life of a run at work, in milliseconds. */
export const SIGN_OF_LIFE_MS = 5_000;
const LONGEST_BACKOFF_MS = 60_000;
/** The most runs that are revived at a time. */
const BATCH = 20;

/** Statuses in which a worker must be active. In all others, a run waits for its caller or has ended. */
const AT_WORK = new Set<RunStatus>(['queued', 'in_progress', 'cancelling']);

/** The columns of a run that a change of status sets, or a pause of `pauseMs` milliseconds before the next attempt. */
export function signOfLife(status: RunStatus, now: Date, pauseMs = 0): { presumed_lost_at: Date | null; revivals: number } {
  const presumedLostAt = AT_WORK.has(status) ? new Date(now.getTime() + pauseMs + SIGN_OF_LIFE_MS) : null;
  return { presumed_lost_at: presumedLostAt, revivals: 0 };
}

/**
 * Writes a sign of life for the runs whose turns this process does. A run whose row is locked is skipped: it is being changed.
 */
export async function writeSignsOfLife(store: Store, held: readonly { projectId: string; runId: string }[]): Promise<void> {
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
 * Signals or restarts, through the outbox, the workflows of runs that show no sign of life: Temporal may have lost its state,
 * or an older database may have been restored. Revives at most 20 runs at a time, and each run at growing intervals. Skips runs
 * that are already in the outbox. Returns the number of runs.
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
