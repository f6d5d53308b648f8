/** What the model and the last request need before a run expires, in milliseconds. */
const LONGEST_MARGIN_MS = 15_000;
/** The same as a share of a short life, and the least of it, as long as that is not the larger half. */
const MARGIN_SHARE = 0.2;
const LEAST_MARGIN_MS = 1_500;
const LARGEST_SHARE = 0.5;

function margin(runEndsInMs: number): number {
  const least = Math.min(LEAST_MARGIN_MS, runEndsInMs * LARGEST_SHARE);
  return Math.min(LONGEST_MARGIN_MS, Math.max(runEndsInMs * MARGIN_SHARE, least));
}

/**
 * How long people may take, in milliseconds: as long as they were given, but no longer than leaves the model time to hear
 * that nobody came before its run expires. Null: without end.
 */
export function peopleWait(expiresAfterMs: number | null, runEndsInMs: number | null): number | null {
  if (runEndsInMs === null) return expiresAfterMs;
  const untilRunEnds = Math.max(0, runEndsInMs - margin(runEndsInMs));
  return expiresAfterMs === null ? untilRunEnds : Math.min(expiresAfterMs, untilRunEnds);
}
