/** How a run ended without an answer. */
interface EndedRun {
  status: 'failed' | 'expired' | 'cancelled';
  error: { code: string } | null;
}

/** When a new run may follow one that ended without an answer. */
interface Policy {
  maxRuns: number;
  expired?: boolean;
}

/** Errors of runs that may go away by themselves. Source: the API reference's `last_error.code`. */
const TRANSIENT = new Set(['rate_limit_exceeded', 'server_error']);

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * The pause before a new run, in milliseconds; null if none may follow. After tools have run, a new run may follow only if all
 * of them may run again (`repeatable`).
 */
export function pauseBeforeNextRun(
  ended: EndedRun,
  runs: number,
  repeatable: boolean,
  policy: Policy = { maxRuns: 1 },
): number | null {
  const transient =
    (ended.status === 'failed' && TRANSIENT.has(ended.error?.code ?? '')) ||
    (ended.status === 'expired' && policy.expired === true);
  if (!transient || !repeatable || runs >= policy.maxRuns) return null;
  return Math.min(FIRST_PAUSE_MS * 2 ** (runs - 1), LONGEST_PAUSE_MS);
}
