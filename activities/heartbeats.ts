import { Context } from '@temporalio/activity';

/** The longest interval between heartbeats, in milliseconds. A cancel reaches an activity with its next heartbeat. */
const LONGEST_INTERVAL_MS = 1_000;
/** Heartbeats within one timeout, so that one that is late does not end the attempt. */
const BEATS_PER_TIMEOUT = 4;

/** The interval between heartbeats for a heartbeat timeout, both in milliseconds. Without a timeout: the longest. */
export function heartbeatIntervalMs(timeoutMs: number | undefined): number {
  return Math.min(LONGEST_INTERVAL_MS, (timeoutMs ?? Infinity) / BEATS_PER_TIMEOUT);
}

/**
 * Sends heartbeats while the work goes on, so that a dead worker is detected and a cancel reaches the work. The work may send
 * its progress as details; later heartbeats repeat the last details.
 */
export async function withHeartbeats<T>(work: (sendHeartbeat: (details?: unknown) => void) => Promise<T>): Promise<T> {
  const activity = Context.current();
  let last: unknown;
  const timer = setInterval(() => activity.heartbeat(last), heartbeatIntervalMs(activity.info.heartbeatTimeoutMs));
  try {
    return await work((details) => {
      // Details that cannot be serialised throw here, in the caller, rather than in the timer.
      JSON.stringify(details);
      last = details;
      activity.heartbeat(details);
    });
  } finally {
    clearInterval(timer);
  }
}
