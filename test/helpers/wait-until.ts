import { setTimeout as delay } from 'node:timers/promises';

/** Looks until `seen` gives something; fails with `what` after `withinMs` milliseconds. */
export async function waitUntil<T>(
  what: string,
  seen: () => Promise<T | null | undefined | false>,
  withinMs = 10_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const value = await seen();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not seen within ${withinMs} ms: ${what}`);
    await delay(20);
  }
}
