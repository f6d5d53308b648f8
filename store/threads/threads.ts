import { apiErrors } from '../../domain/api-errors.ts';
import type { Deleted } from '../../schemas/list.ts';
import type { CreateThreadRequest, ModifyThreadRequest, Thread } from '../../schemas/thread.ts';
import type { Idempotency, ProjectContext, TransactionContext } from '../database/context.ts';
import type { ThreadRow } from '../database/tables.ts';
import { newId } from '../database/ids.ts';
import { insertMessages } from './messages.ts';
import { enqueue } from '../database/outbox.ts';
import { notifyRunDeleted } from '../events/events.ts';
import { lockThread } from './thread-lock.ts';
import { unixSeconds } from '../database/time.ts';
import { activeRunId } from '../runs/rows.ts';
import { runWorkflow } from '../runs/workflow.ts';
import { command, inTransaction } from '../database/transaction.ts';
import { byId } from '../database/filters.ts';

/** POST returns `{}` for no tool resources, GET an empty code interpreter list [recorded: BasicThreadOperationsWork]. */
const toPostAnswer = (row: ThreadRow): Thread => ({ ...threadToWire(row), tool_resources: {} });

export function threadToWire(row: ThreadRow): Thread {
  return {
    id: row.id,
    object: 'thread',
    created_at: unixSeconds(row.created_at),
    metadata: row.metadata,
    tool_resources: { code_interpreter: { file_ids: [] } },
  };
}

/** Inserts a thread with its first messages, in the caller's transaction. */
export async function insertThread(tx: TransactionContext, request: CreateThreadRequest): Promise<ThreadRow> {
  const row = await tx.db
    .insertInto('threads')
    .values({
      project_id: tx.projectId,
      id: newId('thread'),
      created_at: tx.now,
      metadata: JSON.stringify(request.metadata ?? {}),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await insertMessages(tx, row.id, request.messages ?? []);
  return row;
}

export async function createThread(
  context: ProjectContext,
  request: CreateThreadRequest,
  idempotency?: Idempotency,
): Promise<Thread> {
  return command(context, idempotency, async (tx) => toPostAnswer(await insertThread(tx, request)));
}

/** @throws {ApiError} 404 */
export async function retrieveThread(context: ProjectContext, id: string): Promise<Thread> {
  const row = await context.db.selectFrom('threads').selectAll().where(byId(context, id)).executeTakeFirst();
  if (!row) throw apiErrors.notFound('thread', id);
  return threadToWire(row);
}

/** @throws {ApiError} 404 */
export async function requireThread(context: ProjectContext, id: string): Promise<void> {
  await retrieveThread(context, id);
}

/** Allowed while a run is active. @throws {ApiError} 404 */
export async function modifyThread(context: ProjectContext, id: string, request: ModifyThreadRequest): Promise<Thread> {
  return inTransaction(context, async (tx) => {
    await lockThread(tx, id);
    const own = tx.db.selectFrom('threads').selectAll().where(byId(tx, id));
    if (request.metadata === undefined) return toPostAnswer(await own.executeTakeFirstOrThrow());
    const row = await tx.db
      .updateTable('threads')
      .set({ metadata: JSON.stringify(request.metadata ?? {}) })
      .where(byId(tx, id))
      .returningAll()
      .executeTakeFirstOrThrow();
    return toPostAnswer(row);
  });
}

/**
 * Deletes the thread with its messages and runs, including an active run, whose workflow then finds no run and ends.
 * @throws {ApiError} 404
 */
export async function deleteThread(context: ProjectContext, id: string): Promise<Deleted<'thread'>> {
  return inTransaction(context, async (tx) => {
    const runId = await activeRunId(tx, id);
    const deleted = await tx.db.deleteFrom('threads').where(byId(tx, id)).returning('id').executeTakeFirst();
    if (!deleted) throw apiErrors.notFound('thread', id);
    if (runId !== undefined) {
      await enqueue(tx, runWorkflow(tx.projectId, runId, 'signal'));
      await notifyRunDeleted(tx, runId);
    }
    return { id, object: 'thread.deleted', deleted: true };
  });
}
