import type { Duration } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';

/**
 * A time in milliseconds, of text like '10 minutes' or a number of milliseconds.
 * @throws {Error} for anything else, and for a bare number in text, which nobody means to be milliseconds who types it
 */
export function durationMs(time: unknown): number {
  if (typeof time === 'string' && /^\s*\d+\s*$/.test(time)) throw new Error(`say the unit, like '${time.trim()} seconds'`);
  if (typeof time !== 'string' && typeof time !== 'number') throw new Error("must be a time like '10 minutes'");
  return msToNumber(time as Duration);
}
