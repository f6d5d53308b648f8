import { apiErrors } from '../../domain/api-errors.ts';
import { isTerminal } from '../../domain/run-state.ts';
import { outputsByCallId } from '../../domain/tool-outputs.ts';
import type { ModifyRunRequest, Run, SubmitToolOutputsRequest } from '../../schemas/run.ts';
import type { StepDetails } from '../../schemas/run-step.ts';
import type { FunctionToolCall } from '../../schemas/tools.ts';
import type { Idempotency, ProjectContext, TransactionContext } from '../database/context.ts';
import type { RunRow } from '../database/tables.ts';
import { stepToWire } from '../wire/step.ts';
import { command, inTransaction } from '../database/transaction.ts';
import { changeRun } from './change.ts';
import type { NewRunEvent } from '../events/events.ts';
import { expireById } from './read.ts';
import { lockRun } from './rows.ts';
import { dueChangeNow, expireIfDue } from './expire.ts';
import { runToWire } from '../wire/run.ts';
import { byId, inProject } from '../database/filters.ts';

/** @throws {ApiError} 404 */
async function lockOwnRun(tx: TransactionContext, threadId: string, id: string): Promise<RunRow> {
  const run = await lockRun(tx, id);
  if (!run || run.thread_id !== threadId) throw apiErrors.notFound('run', id);
  return run;
}

/** The run is overdue. It must be ended, in a separate transaction, before a request about it is decided. */
class RunOverdue extends Error {
  override readonly name = 'RunOverdue';
}

/**
 * Runs a command on a run, which is ended first if it is overdue. That happens in a separate transaction: if the command is
 * refused, its rollback must not undo the run's end.
 */
async function commandOnRun<T extends object>(
  context: ProjectContext,
  id: string,
  idempotency: Idempotency | undefined,
  work: (tx: TransactionContext) => Promise<T>,
): Promise<T> {
  try {
    return await command(context, idempotency, work);
  } catch (error) {
    if (!(error instanceof RunOverdue)) throw error;
    await expireById(context, id);
    return command(context, idempotency, work);
  }
}

/** @throws {ApiError} 404; {RunOverdue} */
async function lockCurrentRun(tx: TransactionContext, threadId: string, id: string): Promise<RunRow> {
  const run = await lockOwnRun(tx, threadId, id);
  if ((await dueChangeNow(tx, run)) !== null) throw new RunOverdue();
  return run;
}

/**
 * Cancels a run. Without a model call in flight, it is `cancelled` at once. Otherwise it is `cancelling` until the worker has
 * released the call, five seconds at most. A run that is already cancelling is returned as it is.
 * @throws {ApiError} 404; 400 if the run is terminal
 */
export async function cancelRun(context: ProjectContext, threadId: string, id: string, idempotency?: Idempotency): Promise<Run> {
  return commandOnRun(context, id, idempotency, async (tx) => {
    const run = await lockCurrentRun(tx, threadId, id);
    if (run.status === 'cancelling') return runToWire(run);
    if (isTerminal(run.status)) throw apiErrors.cannotCancel(run.status);
    return runToWire(
      await changeRun(tx, run, { to: run.attempt_in_flight ? 'cancelling' : 'cancelled' }, { workflow: 'signal' }),
    );
  });
}

async function completeToolStep(
  tx: TransactionContext,
  run: RunRow,
  answered: readonly FunctionToolCall[],
  outputs: Map<string, string>,
): Promise<NewRunEvent> {
  const calls = answered.map((call) => ({ ...call, function: { ...call.function, output: outputs.get(call.id) ?? '' } }));
  const completed = await tx.db
    .updateTable('run_steps')
    .set({
      status: 'completed',
      completed_at: tx.now,
      details: JSON.stringify({ type: 'tool_calls', tool_calls: calls } satisfies StepDetails),
    })
    .where(inProject(tx))
    .where('run_id', '=', run.id)
    .where('type', '=', 'tool_calls')
    .where('status', '=', 'in_progress')
    .returningAll()
    .executeTakeFirstOrThrow();
  return { event: 'thread.run.step.completed', data: stepToWire(completed, run) };
}

/** A run whose outputs were submitted, and the number of its last event before that. */
export interface SubmittedRun {
  run: Run;
  eventsBefore: number;
}

/**
 * Accepts the outputs of all calls that the run waits for. The step is completed and the run is queued again.
 * @throws {ApiError} 404; 400 in any other status, or if the outputs do not match exactly those calls
 */
export async function submitToolOutputs(
  context: ProjectContext,
  threadId: string,
  id: string,
  request: SubmitToolOutputsRequest,
  idempotency?: Idempotency,
): Promise<SubmittedRun> {
  return commandOnRun(context, id, idempotency, async (tx) => {
    const run = await lockCurrentRun(tx, threadId, id);
    if (run.status !== 'requires_action' || run.required_action === null) throw apiErrors.outputsNotAccepted(run.status);
    const { tool_calls: calls } = run.required_action.submit_tool_outputs;
    const outputs = outputsByCallId(calls, request.tool_outputs);
    const event = await completeToolStep(tx, run, calls, outputs);
    const streamed = request.stream ?? false;
    const queued = await changeRun(tx, run, { to: 'queued' }, { events: [event], streamed, workflow: 'signal_with_start' });
    return { run: runToWire(queued), eventsBefore: Number(run.event_seq) };
  });
}

/** Changes the metadata of a run that has ended. @throws {ApiError} 404; 400 while it is active [recorded] */
export async function modifyRun(context: ProjectContext, threadId: string, id: string, request: ModifyRunRequest): Promise<Run> {
  return inTransaction(context, async (tx) => {
    const run = await expireIfDue(tx, await lockOwnRun(tx, threadId, id));
    if (!isTerminal(run.status)) throw apiErrors.cannotUpdateRun(run.status);
    if (request.metadata === undefined) return runToWire(run);
    const updated = await tx.db
      .updateTable('runs')
      .set({ metadata: JSON.stringify(request.metadata ?? {}) })
      .where(byId(tx, id))
      .returningAll()
      .executeTakeFirstOrThrow();
    return runToWire(updated);
  });
}
