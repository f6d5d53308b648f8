import { apiErrors } from '../domain/api-errors.ts';
import type { Assistant, CreateAssistantRequest, ModifyAssistantRequest } from '../schemas/assistant.ts';
import type { Deleted, ListQuery, Page } from '../schemas/list.ts';
import type { AssistantTool } from '../schemas/tools.ts';
import type { Idempotency, ProjectContext, TransactionContext } from './database/context.ts';
import type { AssistantRow, AssistantSettings } from './database/tables.ts';
import { deleteKeepingPlace, placeOfDeleted } from './database/deleted-objects.ts';
import { newId } from './database/ids.ts';
import { readPage } from './database/pagination.ts';
import { unixSeconds } from './database/time.ts';
import { command } from './database/transaction.ts';
import { byId, inProject } from './database/filters.ts';

/** A function tool is returned with `strict` and with empty `parameters` if the caller omitted them [recorded]. */
export function echoTool(tool: AssistantTool): AssistantTool {
  if (tool.type !== 'function') return tool;
  const { name, description, parameters, strict } = tool.function;
  return {
    type: 'function',
    function: {
      name,
      ...(description != null && { description }),
      parameters: parameters ?? { type: 'object', properties: {} },
      strict: strict ?? false,
    },
  };
}

function toWire(row: AssistantRow): Assistant {
  const { settings } = row;
  return {
    id: row.id,
    object: 'assistant',
    created_at: unixSeconds(row.created_at),
    name: settings.name,
    description: settings.description,
    model: settings.model,
    instructions: settings.instructions,
    tools: settings.tools,
    top_p: settings.top_p ?? 1,
    temperature: settings.temperature ?? 1,
    reasoning_effort: settings.reasoning_effort,
    tool_resources: settings.tool_resources,
    metadata: row.metadata,
    response_format: settings.response_format,
  };
}

function settingsFrom(request: CreateAssistantRequest): AssistantSettings {
  return {
    name: request.name ?? null,
    description: request.description ?? null,
    model: request.model,
    instructions: request.instructions ?? null,
    tools: (request.tools ?? []).map(echoTool),
    temperature: request.temperature ?? null,
    top_p: request.top_p ?? null,
    reasoning_effort: request.reasoning_effort ?? null,
    tool_resources: request.tool_resources ?? {},
    response_format: request.response_format ?? 'auto',
  };
}

export async function createAssistant(
  context: ProjectContext,
  request: CreateAssistantRequest,
  idempotency?: Idempotency,
): Promise<Assistant> {
  return command(context, idempotency, async (tx) => {
    const row = await tx.db
      .insertInto('assistants')
      .values({
        project_id: tx.projectId,
        id: newId('assistant'),
        created_at: tx.now,
        settings: JSON.stringify(settingsFrom(request)),
        metadata: JSON.stringify(request.metadata ?? {}),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return toWire(row);
  });
}

/** @throws {ApiError} 404 */
export async function retrieveAssistant(context: ProjectContext, id: string): Promise<Assistant> {
  const row = await context.db.selectFrom('assistants').selectAll().where(byId(context, id)).executeTakeFirst();
  if (!row) throw apiErrors.notFound('assistant', id);
  return toWire(row);
}

/** Returns the row itself, for the settings of a new run. @throws {ApiError} 404 */
export async function assistantForRun(tx: TransactionContext, id: string): Promise<AssistantRow> {
  const row = await tx.db.selectFrom('assistants').selectAll().where(byId(tx, id)).executeTakeFirst();
  if (!row) throw apiErrors.notFound('assistant', id);
  return row;
}

/** Fields that the request omits keep their values; null clears a field. @throws {ApiError} 404 */
export async function modifyAssistant(context: ProjectContext, id: string, request: ModifyAssistantRequest): Promise<Assistant> {
  return command(context, undefined, async (tx) => {
    const row = await tx.db.selectFrom('assistants').selectAll().where(byId(tx, id)).forNoKeyUpdate().executeTakeFirst();
    if (!row) throw apiErrors.notFound('assistant', id);
    const { metadata, ...given } = request;
    const sent = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const settings = settingsFrom({ ...row.settings, ...sent });
    const updated = await tx.db
      .updateTable('assistants')
      .set({
        settings: JSON.stringify(settings),
        ...(metadata !== undefined && { metadata: JSON.stringify(metadata ?? {}) }),
      })
      .where(byId(tx, id))
      .returningAll()
      .executeTakeFirstOrThrow();
    return toWire(updated);
  });
}

export async function listAssistants(context: ProjectContext, query: ListQuery): Promise<Page<Assistant>> {
  const own = context.db.selectFrom('assistants').where(inProject(context));
  return readPage(
    {
      db: context.db,
      sizedBy: 'settings',
      seqOf: async (id) =>
        (await own.select('seq').where('id', '=', id).executeTakeFirst())?.seq ?? (await placeOfDeleted(context, id)),
      rows: ({ where, direction, limit }) => own.selectAll().where(where).orderBy('seq', direction).limit(limit),
    },
    query,
    (rows) => rows.map(toWire),
  );
}

/** Runs keep their own settings, so deleting an assistant does not touch them. @throws {ApiError} 404 */
export async function deleteAssistant(context: ProjectContext, id: string): Promise<Deleted<'assistant'>> {
  const deleted = await deleteKeepingPlace(context, 'assistants', id);
  if (!deleted) throw apiErrors.notFound('assistant', id);
  return { id, object: 'assistant.deleted', deleted: true };
}
