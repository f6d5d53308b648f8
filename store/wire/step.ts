import { isTerminal } from '../../domain/run-state.ts';
import type { RunStep } from '../../schemas/run-step.ts';
import type { RunRow, RunStepRow } from '../database/tables.ts';
import { unixSeconds } from '../database/time.ts';

/** `expires_at` is the run's until the run is terminal, then null; `usage` is null while the step is in progress [recorded]. */
export function stepToWire(row: Omit<RunStepRow, 'seq'>, run: Pick<RunRow, 'status' | 'expires_at'>): RunStep {
  return {
    id: row.id,
    object: 'thread.run.step',
    created_at: unixSeconds(row.created_at),
    run_id: row.run_id,
    assistant_id: row.assistant_id,
    thread_id: row.thread_id,
    type: row.type,
    status: row.status,
    cancelled_at: unixSeconds(row.cancelled_at),
    completed_at: unixSeconds(row.completed_at),
    expires_at: isTerminal(run.status) ? null : unixSeconds(run.expires_at),
    failed_at: unixSeconds(row.failed_at),
    last_error: row.last_error,
    step_details: row.details,
    usage: row.status === 'in_progress' ? null : row.usage,
  };
}
