/** The clocks of this process, in milliseconds. */
export interface ProcessClock {
  /** From any beginning; nobody sets it. It may stand still while the host sleeps. */
  monotonicMs(): number;
  /** Since 1970, as the host believes; may be set at any time. */
  wallMs(): number;
}

export const processClock: ProcessClock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
