import { heartbeat } from '@temporalio/activity';

/** Interval between heartbeats, in milliseconds: several within the shortest heartbeat timeout in use (4 s). */
const INTERVAL_MS = 1_000;

/**
 * Sends heartbeats while the work goes on, so that a dead worker is detected and a cancel reaches the work. The work may send
 * its progress as details; later heartbeats repeat the last details.
 */
export async function withHeartbeats<T>(work: (sendHeartbeat: (details?: unknown) => void) => Promise<T>): Promise<T> {
  let last: unknown;
  const timer = setInterval(() => heartbeat(last), INTERVAL_MS);
  try {
    return await work((details) => {
      // Details that cannot be serialised throw here, in the caller, rather than in the timer.
      JSON.stringify(details);
      last = details;
      heartbeat(details);
    });
  } finally {
    clearInterval(timer);
  }
}
