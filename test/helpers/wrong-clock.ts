import type { ProcessClock } from '../../store/database/clock/process-clock.ts';

/** The clocks of a process on a host whose own clock is wrong, or that sleeps. */
export class WrongClock implements ProcessClock {
  /** How far the host's clock is ahead of the right time, in milliseconds. */
  aheadMs: number;
  /** How long the host has slept, in milliseconds: the monotonic clock stood still. */
  sleptMs = 0;

  constructor(aheadMs = 0) {
    this.aheadMs = aheadMs;
  }

  monotonicMs = (): number => performance.now() - this.sleptMs;
  wallMs = (): number => Date.now() + this.aheadMs;
}
