import type { Duration } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';

/**
 * Converts text like '10 minutes', or a number of milliseconds, to milliseconds.
 * @throws {Error} for anything else, including a bare number as text: people who write one rarely mean milliseconds
 */
export function durationMs(time: unknown): number {
  if (typeof time === 'string' && /^\s*\d+\s*$/.test(time)) throw new Error(`say the unit, like '${time.trim()} seconds'`);
  if (typeof time !== 'string' && typeof time !== 'number') throw new Error("must be a time like '10 minutes'");
  return msToNumber(time as Duration);
}
