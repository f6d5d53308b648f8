import { apiErrors } from '../../domain/api-errors.ts';
import type { ListQuery, Page } from '../../schemas/list.ts';
import type { RunStep } from '../../schemas/run-step.ts';
import type { ProjectContext } from '../database/context.ts';
import type { RunRow } from '../database/tables.ts';
import { readPage } from '../database/pagination.ts';
import { stepToWire } from '../wire/step.ts';
import { byId, inProject } from '../database/filters.ts';

/** Lists the steps of a run that the caller has just read. */
export async function listRunSteps(
  context: ProjectContext,
  run: Pick<RunRow, 'id' | 'status' | 'expires_at'>,
  query: ListQuery,
): Promise<Page<RunStep>> {
  const own = context.db.selectFrom('run_steps').where(inProject(context)).where('run_id', '=', run.id);
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
    .where(byId(context, id))
    .where('run_id', '=', run.id)
    .executeTakeFirst();
  if (!row) throw apiErrors.notFound('step', id);
  return stepToWire(row, run);
}
