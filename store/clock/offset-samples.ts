/** One answer to "what time is it?", in milliseconds. */
export interface OffsetSample {
  /** The database's time minus the monotonic clock, if it answered in the middle of the round trip. */
  offsetMs: number;
  /** The true offset lies within half of that, either way. */
  roundTripMs: number;
  /** When, on the monotonic clock. */
  atMs: number;
}

/** Samples that are remembered. */
const KEPT = 8;
/** How fast two clocks may drift apart, as a share of the time that passes: both are slewed by 500 ppm at most. */
const DRIFT = 0.001;
/** What timers and timestamps lose by being rounded, in milliseconds. */
const ROUNDING_MS = 1;

const uncertainty = (sample: OffsetSample, nowMs: number): number =>
  sample.roundTripMs / 2 + (nowMs - sample.atMs) * DRIFT + ROUNDING_MS;

/**
 * The last samples of an offset. The one that says most counts: a short round trip, not long ago. Each sample bounds the
 * offset; one that contradicts an earlier one says that the clocks have jumped (the host slept, another database took over),
 * so the earlier one is forgotten.
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
