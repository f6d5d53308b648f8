import { heartbeat } from '@temporalio/activity';

/** Between heartbeats, in milliseconds: several within the shortest heartbeat timeout in use (4 s). */
const INTERVAL_MS = 1_000;

/**
 * Beats for as long as the work goes on, so that a dead worker is noticed and a cancel reaches the work. The work may say
 * itself how far it is: the beats repeat what it said last.
 */
export async function withHeartbeats<T>(work: (beat: (details?: unknown) => void) => Promise<T>): Promise<T> {
  let last: unknown;
  const timer = setInterval(() => heartbeat(last), INTERVAL_MS);
  try {
    return await work((details) => {
      // What cannot be written is the caller's mistake, not the beat's.
      JSON.stringify(details);
      last = details;
      heartbeat(details);
    });
  } finally {
    clearInterval(timer);
  }
}
