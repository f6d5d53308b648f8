import { sql } from 'kysely';
import { RUN_CHANNEL, writtenPayloads } from '../notifications.ts';
import type { Store } from '../open.ts';
import type { TurnClaim } from './turn-claim.ts';
import type { TurnProgress } from './turn-draft.ts';
import { upsertMessages, upsertSteps } from './written-rows.ts';

/** What a turn under way has to write, behind the `written` events that are written already. */
export interface PendingProgress {
  claim: TurnClaim;
  written: number;
  progress: TurnProgress;
}

/** How it stands with a claim after an attempt to write. */
export interface ProgressWritten {
  runId: string;
  /** False: the turn belongs to somebody else, or the run is not in progress any more. */
  claimValid: boolean;
  /** How many events of the turn are written now. */
  written: number;
}

/**
 * Writes what many turns have brought since the last time, in one statement, and tells all processes. Turns whose claim is
 * lost are left alone. A run whose row is locked just now is left out of the answer, so that no turn waits for another;
 * so is one that is gone. Done twice with the same `written` it writes once.
 */
export async function appendProgress(store: Store, pending: readonly PendingProgress[]): Promise<ProgressWritten[]> {
  const claims = pending.map(({ claim }) => claim);
  const events = pending.flatMap(({ claim, progress }) =>
    progress.events.map((event, index) => ({ runId: claim.runId, position: index + 1, ...event })),
  );
  const written = sql`select id from raised`;
  const messages = pending.flatMap(({ progress }) => progress.messages);
  const steps = pending.flatMap(({ progress }) => progress.steps);
  // Most of the time there are only more pieces, and the statement is shorter.
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
      select raised.project_id, raised.id, raised.base + piece.position, ${store.now()}::timestamptz, piece.event,
        piece.data::json
      from unnest(${events.map(({ runId }) => runId)}::text[], ${events.map(({ position }) => position)}::bigint[],
        ${events.map(({ event }) => event)}::text[], ${events.map(({ data }) => JSON.stringify(data))}::text[])
        as piece (run_id, position, event, data)
      join raised on raised.id = piece.run_id
    )
    select locked.id, locked.valid as "claimValid", coalesce(raised.turn_events, locked.turn_events) as written,
      (select count(pg_notify(${RUN_CHANNEL}, payload)) from unnest(${writtenPayloads(claims, store.now())}::text[]) as payload)
    from locked left join raised using (project_id, id)`.execute(store.db);
  return answers.map(({ id, claimValid, written: count }) => ({ runId: id, claimValid, written: count }));
}
