// pure: which of the measured offsets counts
import { expect, test } from '@jest/globals';
import { OffsetSamples } from '../../../../../store/database/clock/offset-samples.ts';

const best = (samples: readonly [offsetMs: number, roundTripMs: number, atMs: number][], nowMs: number) => {
  const offset = new OffsetSamples();
  for (const [offsetMs, roundTripMs, atMs] of samples) offset.add({ offsetMs, roundTripMs, atMs });
  return offset.best(nowMs);
};

test('no sample → null', () => expect(best([], 0)).toBeNull());

test('a short round trip counts more than a later, longer one', () => {
  const found = best(
    [
      [100, 2, 0],
      [112, 40, 5_000],
    ],
    5_000,
  );
  expect(found).toEqual({ offsetMs: 100, uncertaintyMs: 7 });
});

test('an old one counts less and less: clocks drift', () => {
  expect(
    best(
      [
        [100, 2, 0],
        [112, 40, 25_000],
      ],
      25_000,
    )?.offsetMs,
  ).toBe(112);
});

test('one that contradicts earlier ones → these are forgotten, however short their round trips were', () => {
  expect(
    best(
      [
        [100, 1, 0],
        [101, 1, 5_000],
        [660_000, 50, 10_000],
      ],
      10_000,
    )?.offsetMs,
  ).toBe(660_000);
});

test('the last eight are remembered', () => {
  const later = Array.from({ length: 8 }, (_, place) => [110, 30, place] as [number, number, number]);
  expect(best([[100, 2, 0], ...later.slice(1)], 10)?.offsetMs).toBe(100);
  expect(best([[100, 2, 0], ...later], 10)?.offsetMs).toBe(110);
});
