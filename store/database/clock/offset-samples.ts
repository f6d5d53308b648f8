/** One measurement of the database's time, in milliseconds. */
export interface OffsetSample {
  /** The database's time minus the monotonic clock, if the database read its clock in the middle of the round trip. */
  offsetMs: number;
  /** The true offset differs from `offsetMs` by at most half of this. */
  roundTripMs: number;
  /** Monotonic time of the answer. */
  atMs: number;
}

/** The number of samples that are kept. */
const KEPT = 8;
/** The most that two clocks drift apart, as a share of the elapsed time: both are slewed by at most 500 ppm. */
const DRIFT = 0.001;
/** Rounding error of timers and timestamps, in milliseconds. */
const ROUNDING_MS = 1;

const uncertainty = (sample: OffsetSample, nowMs: number): number =>
  sample.roundTripMs / 2 + (nowMs - sample.atMs) * DRIFT + ROUNDING_MS;

/**
 * The latest samples of an offset. The best one has the least uncertainty: a short round trip, not long ago. Each sample bounds
 * the true offset. A sample that contradicts an earlier one shows that a clock has jumped (the host slept, another database
 * took over), so the earlier one is dropped.
 */
export class OffsetSamples {
  #samples: OffsetSample[] = [];

  add(sample: OffsetSample): void {
    const agrees = (earlier: OffsetSample): boolean =>
      Math.abs(earlier.offsetMs - sample.offsetMs) <= uncertainty(earlier, sample.atMs) + uncertainty(sample, sample.atMs);
    this.#samples = [...this.#samples.filter(agrees).slice(1 - KEPT), sample];
  }

  /** Null until there is a sample. */
  best(nowMs: number): { offsetMs: number; uncertaintyMs: number } | null {
    let best: { offsetMs: number; uncertaintyMs: number } | null = null;
    for (const sample of this.#samples) {
      const uncertaintyMs = uncertainty(sample, nowMs);
      if (best === null || uncertaintyMs < best.uncertaintyMs) best = { offsetMs: sample.offsetMs, uncertaintyMs };
    }
    return best;
  }
}
