import { sql, type RawBuilder } from 'kysely';
import type { RunChange } from '../../domain/run-state.ts';
import type { ProjectContext, TransactionContext } from '../database/context.ts';
import { inProject } from '../database/filters.ts';
import type { AttemptOutcome, RunAttemptRow, RunRow } from '../database/tables.ts';

/** How an attempt at a turn, or at a call of a built-in tool, has ended. */
export interface AttemptEnd {
  outcome: AttemptOutcome;
  error?: string | null;
  /** When the next attempt is due, after one that failed. */
  retryAt?: Date | null;
}

/** The most of an error that is kept, in UTF-16 code units. */
const ERROR_LENGTH = 1_000;

/** An error as a text column takes it. */
const keptError = (error: string): string => error.slice(0, ERROR_LENGTH).toWellFormed().replaceAll('\0', '\uFFFD');

type Statement = RawBuilder<Record<string, unknown>>;

/** Inserts the attempt that the claim with the number `fence` begins. `callId`: the built-in tool's call; null: the turn. */
export const insertAttempt = (
  tx: TransactionContext,
  { runId, fence, turn, callId = null }: { runId: string; fence: number; turn: number; callId?: string | null },
): Statement =>
  sql`insert into run_attempts (project_id, run_id, fence, turn, call_id, began_at)
    values (${tx.projectId}, ${runId}, ${fence}, ${turn}, ${callId}, ${tx.now})`;

/** Ends the run's current attempt, if it has not ended. */
export const endAttempt = (
  tx: TransactionContext,
  run: Pick<RunRow, 'id' | 'fence'>,
  { outcome, error = null, retryAt = null }: AttemptEnd,
): Statement =>
  sql`update run_attempts
    set ended_at = ${tx.now}::timestamptz, outcome = ${outcome}, error = ${error === null ? null : keptError(error)}, retry_at = ${retryAt}::timestamptz
    where project_id = ${tx.projectId} and run_id = ${run.id} and fence = ${run.fence}::bigint and ended_at is null`;

/** How a change of the run's status ends its current attempt. */
export function attemptEndFor(change: RunChange): AttemptEnd {
  switch (change.to) {
    case 'cancelled':
    case 'expired':
      return { outcome: change.to };
    case 'failed':
      return { outcome: 'failed', error: change.error.message };
    default:
      return { outcome: 'finished' };
  }
}

/** The run's attempts, oldest first: its timeline. */
export async function listAttempts(context: ProjectContext, runId: string): Promise<RunAttemptRow[]> {
  return context.db
    .selectFrom('run_attempts')
    .selectAll()
    .where(inProject(context))
    .where('run_id', '=', runId)
    .orderBy('fence')
    .execute();
}
