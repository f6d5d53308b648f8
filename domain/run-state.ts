import type { IncompleteDetails, RequiredAction, RunError, RunStatus } from '../schemas/run.ts';

/** Statuses that never change again. */
const TERMINAL_STATUSES = ['cancelled', 'failed', 'completed', 'incomplete', 'expired'] as const;
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

/**
 * How long a run may stay `cancelling` before it is `cancelled` by force, in milliseconds: its model call may be lost with its
 * worker.
 */
export const CANCELLING_LIMIT_MS = 5_000;

/** Allowed successors. Source: the API reference's run lifecycle, and the recorded order of stream events. */
const SUCCESSORS: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['in_progress', 'cancelling', 'cancelled', 'failed', 'expired'],
  in_progress: ['requires_action', 'completed', 'failed', 'incomplete', 'cancelling', 'cancelled', 'expired'],
  requires_action: ['queued', 'cancelling', 'cancelled', 'failed', 'expired'],
  cancelling: ['cancelled', 'completed', 'failed', 'incomplete', 'expired'],
  cancelled: [],
  failed: [],
  completed: [],
  incomplete: [],
  expired: [],
};

/** Accepts any text: other endpoints may have other statuses than this one. */
export function isTerminal(status: string): status is TerminalStatus {
  return (TERMINAL_STATUSES as readonly string[]).includes(status);
}

export function canFollow(from: RunStatus, to: RunStatus): boolean {
  return SUCCESSORS[from].includes(to);
}

/** A change of status with the facts that belong to it. */
export type RunChange =
  | { to: 'queued' }
  | { to: 'in_progress' }
  | { to: 'requires_action'; requiredAction: RequiredAction }
  | { to: 'cancelling' }
  | { to: 'cancelled' }
  | { to: 'completed' }
  | { to: 'incomplete'; details: IncompleteDetails }
  | { to: 'failed'; error: RunError }
  | { to: 'expired' };

/** The columns of a run that a change of status sets. A column that is absent stays unchanged. */
export interface RunPatch {
  status: RunStatus;
  /** As long as this is true, the run locks its thread. */
  holds_thread: boolean;
  /** An attempt at a model turn, or at a call of a built-in tool, is under way in some worker. */
  attempt_in_flight: boolean;
  started_at?: Date;
  cancelling_at?: Date;
  cancelled_at?: Date;
  failed_at?: Date;
  completed_at?: Date;
  required_action: RequiredAction | null;
  last_error?: RunError;
  incomplete_details?: IncompleteDetails;
}

/** Thrown for a change that the lifecycle does not allow: always a bug of the caller, never a user's mistake. */
export class IllegalTransition extends Error {
  override readonly name = 'IllegalTransition';
  constructor(from: RunStatus, to: RunStatus) {
    super(`A run cannot go from ${from} to ${to}`);
  }
}

/**
 * Returns what a change of status sets on a run's row. All decisions about statuses are made here.
 *
 * `required_action` is null in every status but `requires_action`, also while the run is cancelling [recorded]; `started_at` is
 * set again each time the run is started after a submission [recorded].
 * @throws {IllegalTransition}
 */
export function transition(from: RunStatus, change: RunChange, now: Date): RunPatch {
  if (!canFollow(from, change.to)) throw new IllegalTransition(from, change.to);
  const patch: RunPatch = {
    status: change.to,
    holds_thread: !isTerminal(change.to),
    attempt_in_flight: change.to === 'in_progress' || change.to === 'cancelling',
    required_action: null,
  };
  switch (change.to) {
    case 'in_progress':
      return { ...patch, started_at: now };
    case 'requires_action':
      return { ...patch, required_action: change.requiredAction };
    case 'cancelling':
      return { ...patch, cancelling_at: now };
    case 'cancelled':
      return { ...patch, cancelled_at: now };
    case 'completed':
      return { ...patch, completed_at: now };
    case 'incomplete':
      return { ...patch, completed_at: now, incomplete_details: change.details };
    case 'failed':
      return { ...patch, failed_at: now, last_error: change.error };
    case 'queued':
    case 'expired':
      return patch;
  }
}

/** The facts that decide whether a run is overdue. */
export interface RunDeadlines {
  status: RunStatus;
  expires_at: Date;
  cancelling_at: Date | null;
}

/**
 * The change of status that is due because of the time: `expired` after the run's `expires_at`, `cancelled` after the run was
 * `cancelling` for {@link CANCELLING_LIMIT_MS}; null if nothing is due. Reads, commands and claims apply this first, so no
 * run is ever stuck, whatever Temporal is doing. A turn that ends by itself at that moment still counts.
 */
export function dueChange(run: RunDeadlines, now: Date): RunChange | null {
  if (isTerminal(run.status)) return null;
  if (run.status === 'cancelling') {
    const since = run.cancelling_at ?? now;
    if (now.getTime() - since.getTime() >= CANCELLING_LIMIT_MS) return { to: 'cancelled' };
  }
  if (now.getTime() >= run.expires_at.getTime()) return run.status === 'cancelling' ? { to: 'cancelled' } : { to: 'expired' };
  return null;
}
