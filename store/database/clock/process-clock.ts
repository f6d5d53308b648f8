/** The clocks of this process, in milliseconds. */
export interface ProcessClock {
  /** Counts from an arbitrary start and is never set. It may stand still while the host sleeps. */
  monotonicMs(): number;
  /** Unix time by the host's clock, which may be set at any time. */
  wallMs(): number;
}

export const processClock: ProcessClock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
