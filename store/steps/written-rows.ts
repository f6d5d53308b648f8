import { sql, type RawBuilder } from 'kysely';
import type { TransactionContext } from '../database/context.ts';
import type { MessageRow, RunStepRow } from '../database/tables.ts';
import type { NewRunEvent } from '../events/events.ts';
import type { NewRow } from '../events/wire-events.ts';

/** The current state of a message. One that was `written` before may have been deleted since, and stays deleted. */
export interface WrittenMessage extends NewRow<MessageRow> {
  written: boolean;
}

/** What is to be written of a turn: the current rows, and the events since the last write. */
export interface TurnProgress {
  events: NewRunEvent[];
  messages: WrittenMessage[];
  steps: NewRow<RunStepRow>[];
}

/** A data-modifying statement for a WITH clause. */
type Statement = RawBuilder<Record<string, unknown>>;

/** Passes rows of a table as JSON. The SQL text is the same for any number of rows, so it is planned once. */
const rowsOf = (table: 'messages' | 'run_steps', rows: readonly object[]): RawBuilder<unknown> =>
  sql`json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)`;

/** The model's output is passed beside its row, as text: Postgres would refuse \u0000 in JSON that it parses into columns. */
const bodies = (rows: readonly { id: string; body: unknown; written?: boolean }[]): RawBuilder<unknown> =>
  sql`unnest(${rows.map(({ id }) => id)}::text[], ${rows.map(({ body }) => JSON.stringify(body))}::text[],
    ${rows.map(({ written = false }) => written)}::boolean[])`;

/**
 * Statements that write a turn's messages and steps, whether these are new or already stored. `only`: a query for the ids of
 * the runs that may be written.
 */
export function upsertMessages(messages: TurnProgress['messages'], only?: RawBuilder<unknown>): Statement {
  const restricted = only ? sql`and given.run_id in (${only})` : sql``;
  const rows = messages.map(({ content: _, written: _w, ...row }) => row);
  const contents = messages.map(({ id, content: body, written }) => ({ id, body, written }));
  return sql`insert into messages (project_id, id, thread_id, run_id, assistant_id, role, status, discarded, created_at,
      completed_at, incomplete_at, incomplete_details, content, metadata)
    select given.project_id, given.id, given.thread_id, given.run_id, given.assistant_id, given.role, given.status,
      given.discarded, given.created_at, given.completed_at, given.incomplete_at, given.incomplete_details,
      body.content::json, given.metadata
    from ${rowsOf('messages', rows)} as given join ${bodies(contents)} as body (id, content, written) on body.id = given.id
    where (not body.written or exists (select from messages there
      where there.project_id = given.project_id and there.id = given.id)) ${restricted}
    on conflict (project_id, id) do update set status = excluded.status, completed_at = excluded.completed_at,
      incomplete_at = excluded.incomplete_at, incomplete_details = excluded.incomplete_details, content = excluded.content`;
}

export function upsertSteps(steps: TurnProgress['steps'], only?: RawBuilder<unknown>): Statement {
  const restricted = only ? sql`where given.run_id in (${only})` : sql``;
  const rows = steps.map(({ details: _, ...row }) => row);
  const details = steps.map(({ id, details: body }) => ({ id, body }));
  return sql`insert into run_steps (project_id, id, run_id, thread_id, assistant_id, turn, type, status, created_at,
      cancelled_at, completed_at, failed_at, details, usage)
    select given.project_id, given.id, given.run_id, given.thread_id, given.assistant_id, given.turn, given.type,
      given.status, given.created_at, given.cancelled_at, given.completed_at, given.failed_at, body.details::json,
      given.usage
    from ${rowsOf('run_steps', rows)} as given join ${bodies(details)} as body (id, details, written) on body.id = given.id
    ${restricted}
    on conflict (project_id, id) do update set status = excluded.status, cancelled_at = excluded.cancelled_at,
      completed_at = excluded.completed_at, failed_at = excluded.failed_at, details = excluded.details,
      usage = excluded.usage`;
}

/** Begins a statement that writes a turn's messages and steps, but not its events. The caller continues the statement. */
export function withRows(tx: TransactionContext, { messages, steps }: TurnProgress) {
  return tx.db
    .with('written_messages', () => sql<Record<string, unknown>>`(${upsertMessages(messages)})`)
    .with('written_steps', () => sql<Record<string, unknown>>`(${upsertSteps(steps)})`);
}

/** Like {@link withRows}, as separate statements. */
export async function writeRows(tx: TransactionContext, { messages, steps }: TurnProgress): Promise<void> {
  if (messages.length > 0) await upsertMessages(messages).execute(tx.db);
  if (steps.length > 0) await upsertSteps(steps).execute(tx.db);
}
