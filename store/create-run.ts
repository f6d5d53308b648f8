import { apiErrors } from '../domain/api-errors.ts';
import type { CreateMessageRequest } from '../schemas/message.ts';
import type { CreateRunRequest, CreateThreadAndRunRequest, Run } from '../schemas/run.ts';
import { assistantForRun, echoTool } from './assistants.ts';
import type { Idempotency, ProjectContext, TransactionContext } from './database/context.ts';
import type { AssistantRow, RunRow, RunSettings } from './database/tables.ts';
import { newId } from './database/ids.ts';
import { hasUserMessage, insertMessages, requireRoom } from './threads/messages.ts';
import { outboxRow } from './database/outbox.ts';
import { lockFreeThread } from './threads/thread-lock.ts';
import { insertThread, threadToWire } from './threads/threads.ts';
import { command } from './database/transaction.ts';
import { runWorkflow } from './runs/workflow.ts';
import { EVENT_COLUMNS, eventRows, type NewRunEvent } from './events/events.ts';
import { signOfLife } from './runs/signs-of-life.ts';
import { runToWire } from './wire/run.ts';
import { runChanged } from './events/wire-events.ts';

/** The fields that both ways to create a run can override. */
type Overrides = Omit<CreateRunRequest, 'additional_messages'>;

/** `additional_instructions` follow the instructions on a new line. */
function instructionsFor(request: Overrides, assistant: AssistantRow): string | null {
  const base = request.instructions ?? assistant.settings.instructions;
  const additional = request.additional_instructions;
  if (!additional) return base;
  return base ? `${base}\n${additional}` : additional;
}

/** The run's own settings: the request's, otherwise the assistant's at this time. */
function settingsFor(request: Overrides, assistant: AssistantRow): RunSettings {
  const own = assistant.settings;
  return {
    model: request.model ?? own.model,
    instructions: instructionsFor(request, assistant),
    tools: request.tools?.map(echoTool) ?? own.tools,
    temperature: request.temperature ?? own.temperature,
    top_p: request.top_p ?? own.top_p,
    reasoning_effort: request.reasoning_effort ?? own.reasoning_effort,
    max_completion_tokens: request.max_completion_tokens ?? null,
    max_prompt_tokens: request.max_prompt_tokens ?? null,
    truncation_strategy: {
      type: request.truncation_strategy?.type ?? 'auto',
      last_messages: request.truncation_strategy?.last_messages ?? null,
    },
    response_format: request.response_format ?? own.response_format,
    tool_choice: request.tool_choice ?? 'auto',
    parallel_tool_calls: request.parallel_tool_calls ?? true,
  };
}

export interface RunTimes {
  /** From creation to `expires_at`, in milliseconds. The hosted API's is 600,000 in every recording. */
  expiresAfterMs: number;
}

/** A run to insert. */
interface NewRun {
  threadId: string;
  assistant: AssistantRow;
  request: Overrides;
  /** The messages that were added to the thread with the run. */
  messages: readonly CreateMessageRequest[];
  times: RunTimes;
  /** Events that precede those of the run. */
  before?: readonly NewRunEvent[];
}

/**
 * Inserts the run's row, its first events and the command that starts its workflow. The caller has locked the thread, which has
 * no active run.
 */
async function insertRun(
  tx: TransactionContext,
  { threadId, assistant, request, messages, times, before = [] }: NewRun,
): Promise<RunRow> {
  const settings = settingsFor(request, assistant);
  const hasInput = Boolean(settings.instructions) || messages.some(({ role }) => role === 'user');
  if (!hasInput && !(await hasUserMessage(tx, threadId))) throw apiErrors.nothingToRun();
  const id = newId('run');
  const run: Omit<RunRow, 'seq'> = {
    project_id: tx.projectId,
    id,
    thread_id: threadId,
    assistant_id: assistant.id,
    status: 'queued',
    holds_thread: true,
    attempt_in_flight: false,
    fence: '0',
    turn: 0,
    pending_call: null,
    turn_failures: 0,
    event_seq: '0',
    streamed: request.stream ?? false,
    turn_events: 0,
    deltas_until: null,
    ...signOfLife('queued', tx.now),
    created_at: tx.now,
    expires_at: new Date(tx.now.getTime() + times.expiresAfterMs),
    started_at: null,
    cancelling_at: null,
    cancelled_at: null,
    failed_at: null,
    completed_at: null,
    required_action: null,
    last_error: null,
    incomplete_details: null,
    settings,
    metadata: request.metadata ?? {},
    usage: null,
  };
  const events = [...before, runChanged('thread.run.created', run), runChanged('thread.run.queued', run)];
  const inserted = await tx.db
    .with('created', (db) =>
      db
        .insertInto('runs')
        .values({
          ...run,
          fence: 0,
          event_seq: events.length,
          pending_call: null,
          required_action: null,
          last_error: null,
          incomplete_details: null,
          settings: JSON.stringify(settings),
          metadata: JSON.stringify(run.metadata),
          usage: null,
        })
        .returningAll(),
    )
    .with('appended', (db) =>
      db
        .insertInto('run_events')
        .columns(EVENT_COLUMNS)
        .expression(eventRows(tx, id, 0, events)),
    )
    .with('sent', (db) => db.insertInto('outbox').values(outboxRow(tx, runWorkflow(tx.projectId, id, 'start'))))
    .selectFrom('created')
    .selectAll()
    .executeTakeFirstOrThrow();
  tx.committing.statuses.push('queued');
  return inserted;
}

/**
 * Creates a run and, in the same transaction, its additional messages.
 * @throws {ApiError} 404 for the thread or the assistant; 400 while another run is active, or if there is nothing to run
 */
export async function createRun(
  context: ProjectContext,
  threadId: string,
  request: CreateRunRequest,
  times: RunTimes,
  idempotency?: Idempotency,
): Promise<Run> {
  return command(context, idempotency, async (tx) => {
    await lockFreeThread(tx, threadId, apiErrors.threadHasActiveRun);
    const assistant = await assistantForRun(tx, request.assistant_id);
    const messages = request.additional_messages ?? [];
    await requireRoom(tx, threadId, messages.length);
    await insertMessages(tx, threadId, messages);
    return runToWire(await insertRun(tx, { threadId, assistant, request, messages, times }));
  });
}

/** Creates a thread, its messages and a run on it, in one transaction. @throws {ApiError} as {@link createRun} */
export async function createThreadAndRun(
  context: ProjectContext,
  request: CreateThreadAndRunRequest,
  times: RunTimes,
  idempotency?: Idempotency,
): Promise<Run> {
  return command(context, idempotency, async (tx) => {
    const assistant = await assistantForRun(tx, request.assistant_id);
    const thread = await insertThread(tx, request.thread ?? {});
    const messages = request.thread?.messages ?? [];
    const before = [{ event: 'thread.created', data: threadToWire(thread) }];
    return runToWire(await insertRun(tx, { threadId: thread.id, assistant, request, messages, times, before }));
  });
}
