import { sql } from 'kysely';
import type { RunStatus } from '../../schemas/run.ts';
import { insertInChunks } from '../chunks.ts';
import type { TransactionContext } from '../context.ts';
import { RUN_CHANNEL, type RunNotice } from '../notifications.ts';

/** One event of a run's stream, named as on the wire. */
export interface NewRunEvent {
  event: string;
  data: object;
}

/** Appends events behind `lastSeq`, which the caller has raised on the run's row in this transaction. */
export async function appendEvents(
  tx: TransactionContext,
  runId: string,
  lastSeq: number,
  events: readonly NewRunEvent[],
): Promise<void> {
  const rows = events.map(({ event, data }, index) => ({
    project_id: tx.projectId,
    run_id: runId,
    seq: lastSeq + 1 + index,
    created_at: tx.now,
    event,
    data: JSON.stringify(data),
  }));
  await insertInChunks(rows, (chunk) => tx.trx.insertInto('run_events').values(chunk).execute());
}

/** Tells every process, on commit, that a run has changed. */
export async function notifyRunChanged(tx: TransactionContext, runId: string, status: RunStatus | 'deleted'): Promise<void> {
  const notice: RunNotice = { projectId: tx.projectId, runId, status };
  await sql`select pg_notify(${RUN_CHANNEL}, ${JSON.stringify(notice)})`.execute(tx.trx);
}
