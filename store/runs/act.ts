import { apiErrors } from '../../domain/api-error.ts';
import { isTerminal } from '../../domain/run-state.ts';
import { pairToolOutputs } from '../../domain/tool-outputs.ts';
import type { ModifyRunRequest, Run, SubmitToolOutputsRequest } from '../../schemas/run.ts';
import type { Idempotency, ProjectContext, TransactionContext } from '../context.ts';
import type { RunRow } from '../database.ts';
import { enqueue } from '../outbox.ts';
import { stepToWire } from '../run-steps.ts';
import { command, inTransaction } from '../transaction.ts';
import { changeRun } from './change.ts';
import type { NewRunEvent } from './events.ts';
import { settleById } from './read.ts';
import { lockRun } from './rows.ts';
import { settle } from './settle.ts';
import { runToWire } from './to-wire.ts';

/** @throws {ApiError} 404 */
async function lockOwnRun(tx: TransactionContext, threadId: string, id: string): Promise<RunRow> {
  const run = await lockRun(tx, id);
  if (!run || run.thread_id !== threadId) throw apiErrors.notFound('run', id);
  return run;
}

/**
 * Cancels a run. With no model call in flight it is `cancelled` at once; otherwise it is `cancelling` until the worker that
 * holds the call has let go, five seconds at most.
 * @throws {ApiError} 404; 400 if the run is terminal. A run that is cancelling already is answered as it is.
 */
export async function cancelRun(context: ProjectContext, threadId: string, id: string, idempotency?: Idempotency): Promise<Run> {
  // In a transaction of its own, so that a refusal does not undo it.
  await settleById(context, id);
  return command(context, idempotency, async (tx) => {
    const run = await lockOwnRun(tx, threadId, id);
    if (run.status === 'cancelling') return runToWire(run);
    if (isTerminal(run.status)) throw apiErrors.cannotCancel(run.status);
    const cancelled = await changeRun(tx, run, { to: run.turn_in_flight ? 'cancelling' : 'cancelled' });
    await enqueue(tx, id, 'tell');
    return runToWire(cancelled);
  });
}

async function completeToolStep(tx: TransactionContext, run: RunRow, outputs: Map<string, string>): Promise<NewRunEvent[]> {
  const open = await tx.trx
    .selectFrom('run_steps')
    .selectAll()
    .where('project_id', '=', tx.projectId)
    .where('run_id', '=', run.id)
    .where('type', '=', 'tool_calls')
    .where('status', '=', 'in_progress')
    .executeTakeFirstOrThrow();
  if (open.details.type !== 'tool_calls') throw new Error(`Step ${open.id} of type tool_calls has other details`);
  const calls = open.details.tool_calls.map((call) => ({
    ...call,
    function: { ...call.function, output: outputs.get(call.id) ?? '' },
  }));
  const completed = await tx.trx
    .updateTable('run_steps')
    .set({
      status: 'completed',
      completed_at: tx.now,
      details: JSON.stringify({ type: 'tool_calls', tool_calls: calls }),
    })
    .where('project_id', '=', tx.projectId)
    .where('id', '=', open.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return [{ event: 'thread.run.step.completed', data: stepToWire(completed, run) }];
}

/**
 * Takes the outputs of all calls the run waits for: the step is completed and the run queued again.
 * @throws {ApiError} 404; 400 in any other status, or if the outputs do not answer just those calls
 */
export async function submitToolOutputs(
  context: ProjectContext,
  threadId: string,
  id: string,
  request: SubmitToolOutputsRequest,
  idempotency?: Idempotency,
): Promise<Run> {
  // In a transaction of its own, so that a refusal does not undo it.
  await settleById(context, id);
  return command(context, idempotency, async (tx) => {
    const run = await lockOwnRun(tx, threadId, id);
    if (run.status !== 'requires_action' || run.required_action === null) throw apiErrors.outputsNotAccepted(run.status);
    const outputs = pairToolOutputs(run.required_action.submit_tool_outputs.tool_calls, request.tool_outputs);
    const events = await completeToolStep(tx, run, outputs);
    const queued = await changeRun(tx, run, { to: 'queued' }, { events });
    await enqueue(tx, id, 'nudge');
    return runToWire(queued);
  });
}

/** Changes the metadata of a run that has ended. @throws {ApiError} 404; 400 while it is active [recorded] */
export async function modifyRun(context: ProjectContext, threadId: string, id: string, request: ModifyRunRequest): Promise<Run> {
  return inTransaction(context, async (tx) => {
    const run = await settle(tx, await lockOwnRun(tx, threadId, id));
    if (!isTerminal(run.status)) throw apiErrors.cannotUpdateRun(run.status);
    if (request.metadata === undefined) return runToWire(run);
    const updated = await tx.trx
      .updateTable('runs')
      .set({ metadata: JSON.stringify(request.metadata ?? {}) })
      .where('project_id', '=', tx.projectId)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return runToWire(updated);
  });
}
