// pure: when a model call is broken off, on a host whose clock is wrong
import { expect, test } from '@jest/globals';
import { AttemptsInFlight } from '../../../activities/execute-run/attempts-in-flight.ts';
import { LocalClock } from '../../../store/database/clock/clock.ts';
import type { Store } from '../../../store/database/open.ts';

/** How long a call went on whose run has a second left by the clock of its database, which is corrected meanwhile. */
async function lasted(behindMs: number, correctMs = 0): Promise<number> {
  let offsetMs = -behindMs;
  const now = (): Date => new Date(Date.now() + offsetMs);
  const store = {
    clock: new LocalClock(now),
    notifications: { subscribe: () => () => {}, pollAfterMs: 10_000 },
  } as unknown as Store;
  const began = performance.now();
  await new AttemptsInFlight(store).track('default', 'run_x', async (signal, expireAt) => {
    expireAt(new Date(now().getTime() + 1_000));
    offsetMs += correctMs;
    const given = AbortSignal.timeout(5_000);
    await new Promise((resolve) => AbortSignal.any([signal, given]).addEventListener('abort', resolve));
  });
  // Dates are whole milliseconds, so it may look a little shorter.
  return performance.now() - began;
}

test.each([660_000, -660_000, 0])(
  "the database's clock is behind by %i ms → it ends when the run's time is over there",
  async (ms) => {
    const lastedMs = await lasted(ms);
    expect(lastedMs).toBeGreaterThan(995);
    expect(lastedMs).toBeLessThan(1_500);
  },
);

test("the database's clock turns out to be behind → it goes on until the time has come there", async () => {
  const ms = await lasted(0, -700);
  expect(ms).toBeGreaterThan(1_695);
  expect(ms).toBeLessThan(2_300);
});
