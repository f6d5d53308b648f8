import { sql } from 'kysely';
import { apiErrors } from '../../domain/api-errors.ts';
import { dueChange } from '../../domain/run-state.ts';
import type { ListQuery, Page } from '../../schemas/list.ts';
import type { Run, RunStatus } from '../../schemas/run.ts';
import type { ProjectContext } from '../database/context.ts';
import type { RunRow } from '../database/tables.ts';
import type { Store } from '../database/open.ts';
import { readPage } from '../database/pagination.ts';
import { inTransaction } from '../database/transaction.ts';
import { lockRun } from './rows.ts';
import { expireOverdue } from './expire.ts';
import { runToWire } from '../wire/run.ts';
import { byId, inProject } from '../database/filters.ts';

/** Ends a run that seems overdue, if it is overdue by the database's clock. Returns undefined if the run is gone. */
export async function expireById(context: ProjectContext, id: string): Promise<RunRow | undefined> {
  return inTransaction(context, async (tx) => {
    const run = await lockRun(tx, id);
    return run && expireOverdue(tx, run);
  });
}

/** The run's current row. A run that is overdue is expired first. @throws {ApiError} 404 */
export async function readRun(context: ProjectContext, threadId: string, id: string): Promise<RunRow> {
  const row = await context.db
    .selectFrom('runs')
    .selectAll()
    .where(byId(context, id))
    .where('thread_id', '=', threadId)
    .executeTakeFirst();
  if (!row) throw apiErrors.notFound('run', id);
  if (dueChange(row, context.now()) === null) return row;
  return (await expireById(context, id)) ?? row;
}

/** @throws {ApiError} 404 */
export async function retrieveRun(context: ProjectContext, threadId: string, id: string): Promise<Run> {
  return runToWire(await readRun(context, threadId, id));
}

/** Lists the thread's runs. The caller has checked that the thread exists. */
export async function listRuns(context: ProjectContext, threadId: string, query: ListQuery): Promise<Page<Run>> {
  const own = context.db.selectFrom('runs').where(inProject(context)).where('thread_id', '=', threadId);
  const overdue = await own
    .select('id')
    .where('holds_thread', '=', sql.lit(true))
    .where('expires_at', '<=', context.clock.sqlNow())
    .execute();
  for (const run of overdue) await expireById(context, run.id);
  return readPage(
    {
      db: context.db,
      sizedBy: 'settings',
      seqOf: async (id) => (await own.select('seq').where('id', '=', id).executeTakeFirst())?.seq,
      rows: ({ where, direction, limit }) => own.selectAll().where(where).orderBy('seq', direction).limit(limit),
    },
    query,
    (rows) => rows.map(runToWire),
  );
}

/** The statuses of runs of any project; `deleted` for those that are gone. */
export async function statusesOf(
  store: Store,
  runs: readonly { projectId: string; runId: string }[],
): Promise<{ projectId: string; runId: string; status: RunStatus | 'deleted' }[]> {
  const projects = runs.map(({ projectId }) => projectId);
  const ids = runs.map(({ runId }) => runId);
  const rows = await store.db
    .selectFrom('runs')
    .select(['project_id', 'id', 'status'])
    .where(sql<boolean>`(project_id, id) in (select * from unnest(${projects}::text[], ${ids}::text[]))`)
    .execute();
  const known = new Map(rows.map((row) => [`${row.project_id}/${row.id}`, row.status]));
  return runs.map(({ projectId, runId }) => ({ projectId, runId, status: known.get(`${projectId}/${runId}`) ?? 'deleted' }));
}
