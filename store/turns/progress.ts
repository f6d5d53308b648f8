import { sql } from 'kysely';
import { RUN_CHANNEL, writtenPayloads } from '../database/notifications.ts';
import type { Store } from '../database/open.ts';
import type { TurnClaim } from './turn-claim.ts';
import type { TurnProgress } from '../steps/written-rows.ts';
import { upsertMessages, upsertSteps } from '../steps/written-rows.ts';

/** The unwritten progress of a turn: what comes after its first `written` events, which are stored. */
export interface PendingProgress {
  claim: TurnClaim;
  written: number;
  progress: TurnProgress;
}

/** The result of an attempt to write a turn's progress. */
export interface ProgressResult {
  runId: string;
  /** False: the claim is void, or the run is no longer in progress. */
  claimValid: boolean;
  /** How many events of the turn are written now. */
  written: number;
}

/**
 * Writes the progress of many turns in one statement and notifies all processes. Turns whose claim is void are not written. A
 * run whose row is locked is skipped and missing in the result, so that no turn waits for another. A run that is gone is
 * missing too. A repeated call with the same `written` does not write the events again.
 */
export async function appendProgress(store: Store, pending: readonly PendingProgress[]): Promise<ProgressResult[]> {
  const claims = pending.map(({ claim }) => claim);
  const events = pending.flatMap(({ claim, progress }) =>
    progress.events.map((event, index) => ({ runId: claim.runId, position: index + 1, ...event })),
  );
  const written = sql`select id from raised`;
  const messages = pending.flatMap(({ progress }) => progress.messages);
  const steps = pending.flatMap(({ progress }) => progress.steps);
  // Usually there are only deltas, and the statement is shorter.
  const rows =
    messages.length + steps.length === 0
      ? sql``
      : sql`, written_messages as (${upsertMessages(messages, written)}), written_steps as (${upsertSteps(steps, written)})`;
  const { rows: answers } = await sql<{ id: string; claimValid: boolean; written: number }>`
    with given as (
      select * from unnest(${claims.map(({ projectId }) => projectId)}::text[], ${claims.map(({ runId }) => runId)}::text[],
        ${claims.map(({ fence }) => fence)}::bigint[], ${pending.map(({ written }) => written)}::int[],
        ${pending.map(({ progress }) => progress.events.length)}::int[]) as given (project_id, run_id, fence, written, count)
    ), locked as (
      select runs.project_id, runs.id, runs.turn_events, given.count, given.written,
        runs.fence = given.fence and runs.status = 'in_progress' as valid
      from runs join given on runs.project_id = given.project_id and runs.id = given.run_id
      order by runs.project_id, runs.id
      for no key update of runs skip locked
    ), raised as (
      update runs set event_seq = event_seq + locked.count, turn_events = runs.turn_events + locked.count
      from locked
      where runs.project_id = locked.project_id and runs.id = locked.id and locked.valid
        and locked.turn_events = locked.written
      returning runs.project_id, runs.id, runs.event_seq - locked.count as base, runs.turn_events
    )${rows}, appended as (
      insert into run_events (project_id, run_id, seq, created_at, event, data)
      select raised.project_id, raised.id, raised.base + delta.position, ${store.now()}::timestamptz, delta.event,
        delta.data::json
      from unnest(${events.map(({ runId }) => runId)}::text[], ${events.map(({ position }) => position)}::bigint[],
        ${events.map(({ event }) => event)}::text[], ${events.map(({ data }) => JSON.stringify(data))}::text[])
        as delta (run_id, position, event, data)
      join raised on raised.id = delta.run_id
    )
    select locked.id, locked.valid as "claimValid", coalesce(raised.turn_events, locked.turn_events) as written,
      (select count(pg_notify(${RUN_CHANNEL}, payload)) from unnest(${writtenPayloads(claims, store.now())}::text[]) as payload)
    from locked left join raised using (project_id, id)`.execute(store.db);
  return answers.map(({ id, claimValid, written: count }) => ({ runId: id, claimValid, written: count }));
}
