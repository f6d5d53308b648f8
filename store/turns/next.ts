import type { NextForRun } from '../../domain/next-for-run.ts';
import { isTerminal } from '../../domain/run-state.ts';
import type { RunRow } from '../database/tables.ts';

/** What the run needs next. Undefined: the run was deleted. */
export function nextFor(run: RunRow | undefined, now: Date): NextForRun {
  if (!run) return { next: 'nothing', status: 'deleted' };
  if (isTerminal(run.status)) return { next: 'nothing', status: run.status };
  if (run.status === 'requires_action') return { next: 'outputs', waitMs: Math.max(0, run.expires_at.getTime() - now.getTime()) };
  const pending = run.pending_call;
  return pending ? { next: 'built_in_call', callId: pending.id, tool: pending.tool } : { next: 'turn' };
}
