import { sql } from 'kysely';
import { apiErrors } from '../../domain/api-errors.ts';
import { isTerminal } from '../../domain/run-state.ts';
import type { Run } from '../../schemas/run.ts';
import type { ProjectContext } from '../database/context.ts';
import type { Store } from '../database/open.ts';
import { notifyRun } from './events.ts';
import { inTransaction } from '../database/transaction.ts';
import { byId } from '../database/filters.ts';

/** One stored event of a run's stream. */
export interface StoredEvent {
  /** Its number in the run, from 1. The numbers have no gaps as long as the deltas are kept. */
  seq: number;
  event: string;
  /** JSON on one line. */
  data: string;
}

/** A reader's position in a run's stream. */
export interface StreamPosition {
  projectId: string;
  runId: string;
  /** The number of the last event that the reader has. */
  after: number;
}

/** Reads the events after each position, for many readers in one statement; at most `page` for each. */
export async function readEvents(store: Store, positions: readonly StreamPosition[], page: number): Promise<StoredEvent[][]> {
  const { rows } = await sql<{ reader: string; seq: string; event: string; data: string }>`
    select reader, found.seq, found.event, found.data
    from unnest(${positions.map(({ projectId }) => projectId)}::text[], ${positions.map(({ runId }) => runId)}::text[],
      ${positions.map(({ after }) => after)}::bigint[]) with ordinality as position (project_id, run_id, after, reader)
    cross join lateral (
      select seq, event, data::text as data from run_events
      where run_events.project_id = position.project_id and run_events.run_id = position.run_id
        and run_events.seq > position.after
      order by run_events.seq limit ${page}
    ) as found
    order by reader, found.seq`.execute(store.db);
  const pages = positions.map((): StoredEvent[] => []);
  for (const { reader, seq, event, data } of rows) pages[Number(reader) - 1]!.push({ seq: Number(seq), event, data });
  return pages;
}

const RUN_EVENT = /^thread\.run\.(?!step\.)/;

/**
 * An event's data as the stream shows it. For events of a run, only the fields that change over time are stored; the others
 * come from `run`.
 */
export function eventData(run: Run, { event, data }: StoredEvent): string {
  if (!RUN_EVENT.test(event)) return data;
  // Only in streams, a run has an empty code interpreter list [recorded].
  const resources = { code_interpreter: { file_ids: [] } };
  return JSON.stringify({ ...run, tool_resources: resources, ...(JSON.parse(data) as object) });
}

/** Whether no event follows this one for now: the run has ended, or waits for its caller. */
export function isPause(event: string): boolean {
  const status = RUN_EVENT.test(event) ? event.slice('thread.run.'.length) : '';
  return status === 'requires_action' || isEnd(event);
}

/** Whether no event will ever follow this one: the run has ended. */
export function isEnd(event: string): boolean {
  return RUN_EVENT.test(event) && isTerminal(event.slice('thread.run.'.length));
}

/** Records that a client follows a run, so that each delta is written at once from now on. @throws {ApiError} 404 */
export async function followRun(context: ProjectContext, threadId: string, id: string): Promise<void> {
  await inTransaction(context, async (tx) => {
    const followed = await tx.db
      .updateTable('runs')
      .set({ streamed: true })
      .where(byId(tx, id))
      .where('thread_id', '=', threadId)
      .returning(notifyRun(tx, id, 'followed').as('notified'))
      .executeTakeFirst();
    if (!followed) throw apiErrors.notFound('run', id);
  });
}

/** Deletes the deltas of at most `limit` runs that ended a while ago. Returns the number of runs. */
export async function purgeDeltas(store: Store, limit: number): Promise<number> {
  const { rows } = await sql`
    with due as (
      select project_id, id from runs where deltas_until <= ${store.clock.sqlNow()}
      order by deltas_until limit ${sql.lit(limit)} for no key update skip locked
    ), forgotten as (
      delete from run_events using due where run_events.project_id = due.project_id and run_events.run_id = due.id
        and run_events.event in ('thread.message.delta', 'thread.run.step.delta')
    )
    update runs set deltas_until = null from due where runs.project_id = due.project_id and runs.id = due.id
    returning runs.id`.execute(store.db);
  return rows.length;
}
