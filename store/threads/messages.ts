import { sql } from 'kysely';
import { apiErrors } from '../../domain/api-errors.ts';
import type { Deleted, ListQuery, Page } from '../../schemas/list.ts';
import type { CreateMessageRequest, Message, MessageContent, ModifyMessageRequest } from '../../schemas/message.ts';
import { THREAD_MAX_MESSAGES } from '../../schemas/thread.ts';
import { insertInChunks } from '../database/chunks.ts';
import type { Idempotency, ProjectContext, TransactionContext } from '../database/context.ts';
import type { MessageRow } from '../database/tables.ts';
import { deleteKeepingPlace, placeOfDeleted } from '../database/deleted-objects.ts';
import { newId } from '../database/ids.ts';
import { messageToWire } from '../wire/message.ts';
import { readPage } from '../database/pagination.ts';
import { withStoredDeltas } from '../events/deltas.ts';
import { lockFreeThread } from './thread-lock.ts';
import { command } from '../database/transaction.ts';
import { byId, inProject } from '../database/filters.ts';

/** String content becomes one text part; an image's `detail` defaults to `auto` [recorded]. */
function contentFrom(content: CreateMessageRequest['content']): MessageContent[] {
  if (typeof content === 'string') return [{ type: 'text', text: { value: content, annotations: [] } }];
  return content.map((part): MessageContent => {
    switch (part.type) {
      case 'text':
        return { type: 'text', text: { value: part.text, annotations: [] } };
      case 'image_url':
        return { type: 'image_url', image_url: { url: part.image_url.url, detail: part.image_url.detail ?? 'auto' } };
      case 'image_file':
        return { type: 'image_file', image_file: { file_id: part.image_file.file_id, detail: part.image_file.detail ?? 'auto' } };
    }
  });
}

/** Inserts the messages of a request, in their order, in the caller's transaction. */
export async function insertMessages(
  tx: TransactionContext,
  threadId: string,
  requests: readonly CreateMessageRequest[],
): Promise<MessageRow[]> {
  return insertInChunks(requests, (chunk) =>
    tx.db
      .insertInto('messages')
      .values(
        chunk.map((request) => ({
          project_id: tx.projectId,
          id: newId('message'),
          thread_id: threadId,
          run_id: null,
          assistant_id: null,
          role: request.role,
          status: 'completed' as const,
          created_at: tx.now,
          completed_at: null,
          incomplete_at: null,
          incomplete_details: null,
          content: JSON.stringify(contentFrom(request.content)),
          metadata: JSON.stringify(request.metadata ?? {}),
        })),
      )
      .returningAll()
      .execute(),
  );
}

/**
 * Enforces the hosted API's documented limit. The caller has locked the thread.
 * @throws {ApiError} 400 if `count` more messages do not fit
 */
export async function requireRoom(tx: TransactionContext, threadId: string, count: number): Promise<void> {
  if (count === 0) return;
  const tooMany = await tx.db
    .selectFrom('messages')
    .select('seq')
    .where(inProject(tx))
    .where('thread_id', '=', threadId)
    .orderBy('seq')
    .offset(Math.max(0, THREAD_MAX_MESSAGES - count))
    .limit(1)
    .executeTakeFirst();
  if (tooMany || count > THREAD_MAX_MESSAGES) throw apiErrors.threadFull(threadId, THREAD_MAX_MESSAGES);
}

/** @throws {ApiError} 404; 400 while a run is active */
export async function createMessage(
  context: ProjectContext,
  threadId: string,
  request: CreateMessageRequest,
  idempotency?: Idempotency,
): Promise<Message> {
  return command(context, idempotency, async (tx) => {
    await lockFreeThread(tx, threadId, apiErrors.cannotAddMessages);
    await requireRoom(tx, threadId, 1);
    const [row] = await insertMessages(tx, threadId, [request]);
    return messageToWire(row!);
  });
}

function ownMessage(context: ProjectContext, threadId: string, id: string) {
  return context.db.selectFrom('messages').selectAll().where(byId(context, id)).where('thread_id', '=', threadId);
}

/** @throws {ApiError} 404 */
export async function retrieveMessage(context: ProjectContext, threadId: string, id: string): Promise<Message> {
  const [row] = await withStoredDeltas(context, await ownMessage(context, threadId, id).execute());
  if (!row) throw apiErrors.notFound('message', id);
  return messageToWire(row);
}

/** Allowed while a run is active. @throws {ApiError} 404 */
export async function modifyMessage(
  context: ProjectContext,
  threadId: string,
  id: string,
  request: ModifyMessageRequest,
): Promise<Message> {
  if (request.metadata === undefined) return retrieveMessage(context, threadId, id);
  const row = await context.db
    .updateTable('messages')
    .set({ metadata: JSON.stringify(request.metadata ?? {}) })
    .where(byId(context, id))
    .where('thread_id', '=', threadId)
    .returningAll()
    .executeTakeFirst();
  if (!row) throw apiErrors.notFound('message', id);
  return messageToWire(row);
}

/** Allowed while a run is active: a turn that has begun keeps the messages that it has read. @throws {ApiError} 404 */
export async function deleteMessage(context: ProjectContext, threadId: string, id: string): Promise<Deleted<'thread.message'>> {
  const deleted = await deleteKeepingPlace(context, 'messages', id, threadId);
  if (!deleted) throw apiErrors.notFound('message', id);
  return { id, object: 'thread.message.deleted', deleted: true };
}

/** Lists the thread's messages, or only those of run `runId`. The caller has checked that the thread exists. */
export async function listMessages(
  context: ProjectContext,
  threadId: string,
  query: ListQuery,
  runId?: string,
): Promise<Page<Message>> {
  const ofThread = context.db
    .selectFrom('messages')
    .where(inProject(context))
    .where('thread_id', '=', threadId)
    .where('discarded', '=', false);
  const own = runId === undefined ? ofThread : ofThread.where('run_id', '=', runId);
  return readPage(
    {
      db: context.db,
      sizedBy: 'content',
      seqOf: async (id) =>
        (await own.select('seq').where('id', '=', id).executeTakeFirst())?.seq ?? (await placeOfDeleted(context, id)),
      rows: ({ where, direction, limit }) => own.selectAll().where(where).orderBy('seq', direction).limit(limit),
    },
    query,
    async (rows) => (await withStoredDeltas(context, rows)).map(messageToWire),
  );
}

/** Whether the thread has a user message. Without one, and without instructions, there is nothing to run. */
export async function hasUserMessage(tx: TransactionContext, threadId: string): Promise<boolean> {
  const row = await tx.db
    .selectFrom('messages')
    .select(sql<number>`1`.as('one'))
    .where(inProject(tx))
    .where('thread_id', '=', threadId)
    .where('role', '=', 'user')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
