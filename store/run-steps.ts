import { apiErrors } from '../domain/api-error.ts';
import { isTerminal } from '../domain/run-state.ts';
import type { ListQuery, Page } from '../schemas/list.ts';
import type { RunStep } from '../schemas/run-step.ts';
import type { ProjectContext } from './context.ts';
import type { RunRow, RunStepRow } from './database.ts';
import { readPage } from './pagination.ts';
import { unixSeconds } from './time.ts';

/** `expires_at` is the run's until the run is terminal, then null; `usage` is null while the step is in progress [recorded]. */
export function stepToWire(row: Omit<RunStepRow, 'seq'>, run: Pick<RunRow, 'status' | 'expires_at'>): RunStep {
  return {
    id: row.id,
    object: 'thread.run.step',
    created_at: unixSeconds(row.created_at),
    run_id: row.run_id,
    assistant_id: row.assistant_id,
    thread_id: row.thread_id,
    type: row.type,
    status: row.status,
    cancelled_at: unixSeconds(row.cancelled_at),
    completed_at: unixSeconds(row.completed_at),
    expires_at: isTerminal(run.status) ? null : unixSeconds(run.expires_at),
    failed_at: unixSeconds(row.failed_at),
    last_error: row.last_error,
    step_details: row.details,
    usage: row.status === 'in_progress' ? null : row.usage,
  };
}

/** Lists the steps of a run that the caller has just read. */
export async function listRunSteps(
  context: ProjectContext,
  run: Pick<RunRow, 'id' | 'status' | 'expires_at'>,
  query: ListQuery,
): Promise<Page<RunStep>> {
  const own = context.db.selectFrom('run_steps').where('project_id', '=', context.projectId).where('run_id', '=', run.id);
  return readPage(
    {
      db: context.db,
      sizedBy: 'details',
      seqOf: async (id) => (await own.select('seq').where('id', '=', id).executeTakeFirst())?.seq,
      rows: ({ where, direction, limit }) => own.selectAll().where(where).orderBy('seq', direction).limit(limit),
    },
    query,
    (rows) => rows.map((row) => stepToWire(row, run)),
  );
}

/** @throws {ApiError} 404 */
export async function retrieveRunStep(
  context: ProjectContext,
  run: Pick<RunRow, 'id' | 'status' | 'expires_at'>,
  id: string,
): Promise<RunStep> {
  const row = await context.db
    .selectFrom('run_steps')
    .selectAll()
    .where('project_id', '=', context.projectId)
    .where('run_id', '=', run.id)
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) throw apiErrors.notFound('step', id);
  return stepToWire(row, run);
}
