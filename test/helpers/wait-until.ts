import { setTimeout as delay } from 'node:timers/promises';

/** All waits of the tests are so many times as long: for a machine that is slow or busy (`TEST_TIME_FACTOR`). Default 1. */
const FACTOR = Number(process.env['TEST_TIME_FACTOR'] ?? 1);
const POLL_MS = 20;

/** Calls `probe` until it returns something, which is returned. @throws after `withinMs` milliseconds, with `what` in its message */
export async function waitUntil<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false>,
  withinMs = 10_000,
): Promise<T> {
  const longestMs = withinMs * FACTOR;
  const end = Date.now() + longestMs;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not seen within ${longestMs} ms: ${what}`);
    await delay(POLL_MS);
  }
}
