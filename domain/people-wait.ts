/** What the model and the last request need before a run expires, in milliseconds. */
const LONGEST_MARGIN_MS = 15_000;
/** The same as a share of a short life. */
const MARGIN_SHARE = 0.2;

/**
 * How long people may take, in milliseconds: as long as they were given, but no longer than leaves the model time to hear
 * that nobody came before its run expires. Null: without end.
 */
export function peopleWait(expiresAfterMs: number | null, runEndsInMs: number | null): number | null {
  if (runEndsInMs === null) return expiresAfterMs;
  const untilRunEnds = Math.max(0, runEndsInMs - Math.min(LONGEST_MARGIN_MS, runEndsInMs * MARGIN_SHARE));
  return expiresAfterMs === null ? untilRunEnds : Math.min(expiresAfterMs, untilRunEnds);
}
