import { heartbeat } from '@temporalio/activity';

/** Between heartbeats, in milliseconds: several within the shortest heartbeat timeout in use (4 s). */
const INTERVAL_MS = 1_000;

/** Beats for as long as the work goes on, so that a dead worker is noticed and a cancel reaches the work. */
export async function whileBeating<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
