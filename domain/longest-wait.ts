/** The most time that is reserved before a run expires, for the model and the last request, in milliseconds. */
const LONGEST_MARGIN_MS = 15_000;
/**
 * For runs that end soon: the reserved share of the remaining time, the minimum that is reserved, in milliseconds, and the
 * largest share that the minimum may take.
 */
const MARGIN_SHARE = 0.2;
const LEAST_MARGIN_MS = 1_500;
const LARGEST_SHARE = 0.5;

function margin(runEndsInMs: number): number {
  const least = Math.min(LEAST_MARGIN_MS, runEndsInMs * LARGEST_SHARE);
  return Math.min(LONGEST_MARGIN_MS, Math.max(runEndsInMs * MARGIN_SHARE, least));
}

/**
 * How long people may take, in milliseconds: as long as they were given, but short enough that the model can still learn,
 * before its run expires, that they have not answered. Null: without limit.
 */
export function longestWaitForPeople(expiresAfterMs: number | null, runEndsInMs: number | null): number | null {
  if (runEndsInMs === null) return expiresAfterMs;
  const untilRunEnds = Math.max(0, runEndsInMs - margin(runEndsInMs));
  return expiresAfterMs === null ? untilRunEnds : Math.min(expiresAfterMs, untilRunEnds);
}
