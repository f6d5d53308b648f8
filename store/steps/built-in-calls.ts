import type { BuiltInToolCall } from '../../domain/tool-call.ts';
import type { ProjectContext, TransactionContext } from '../database/context.ts';
import { byId, inProject } from '../database/filters.ts';
import type { BuiltInCallRow } from '../database/tables.ts';

/** Inserts the calls of a finished turn. `firstStepId`: the step of the first call; the others' are opened later. */
export async function insertBuiltInCalls(
  tx: TransactionContext,
  { runId, turn, calls, firstStepId }: { runId: string; turn: number; calls: readonly BuiltInToolCall[]; firstStepId: string },
): Promise<void> {
  await tx.db
    .insertInto('built_in_calls')
    .values(
      calls.map((call, position) => ({
        project_id: tx.projectId,
        run_id: runId,
        id: call.id,
        turn,
        position,
        step_id: position === 0 ? firstStepId : null,
        call: JSON.stringify(call),
        output: null,
      })),
    )
    .execute();
}

/** @throws if there is no such call */
export async function readBuiltInCall(tx: TransactionContext, runId: string, id: string): Promise<BuiltInCallRow> {
  return tx.db.selectFrom('built_in_calls').selectAll().where(byId(tx, id)).where('run_id', '=', runId).executeTakeFirstOrThrow();
}

/** The first call of the turn that has no output yet; undefined if all have. */
export async function nextBuiltInCall(tx: TransactionContext, runId: string, turn: number): Promise<BuiltInCallRow | undefined> {
  return tx.db
    .selectFrom('built_in_calls')
    .selectAll()
    .where(inProject(tx))
    .where('run_id', '=', runId)
    .where('turn', '=', turn)
    .where('output', 'is', null)
    .orderBy('position')
    .limit(1)
    .executeTakeFirst();
}

export async function updateBuiltInCall(
  tx: TransactionContext,
  runId: string,
  id: string,
  fields: { step_id?: string; output?: { text: string } },
): Promise<void> {
  const { output, ...rest } = fields;
  await tx.db
    .updateTable('built_in_calls')
    .set({ ...rest, ...(output && { output: JSON.stringify(output) }) })
    .where(byId(tx, id))
    .where('run_id', '=', runId)
    .execute();
}

/** The outputs of the run's calls of built-in tools, by call id. */
export async function builtInOutputs(context: ProjectContext, runId: string): Promise<[string, string][]> {
  const rows = await context.db
    .selectFrom('built_in_calls')
    .select(['id', 'output'])
    .where(inProject(context))
    .where('run_id', '=', runId)
    .execute();
  return rows.map(({ id, output }) => [id, output?.text ?? '']);
}
