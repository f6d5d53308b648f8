import ms, { type StringValue } from 'ms';

/**
 * Converts text like '10 minutes', or a number of milliseconds, to milliseconds.
 * @throws {Error} for anything else, including a bare number as text: people who write one rarely mean milliseconds
 */
export function durationMs(time: unknown): number {
  if (typeof time === 'string' && /^\s*\d+\s*$/.test(time)) throw new Error(`say the unit, like '${time.trim()} seconds'`);
  if (typeof time !== 'string' && typeof time !== 'number') throw new Error("must be a time like '10 minutes'");
  const milliseconds = typeof time === 'number' ? time : time === '' ? Number.NaN : ms(time as StringValue);
  if (!Number.isFinite(milliseconds)) throw new Error(`${String(time).slice(0, 100)} is no time like '10 minutes'`);
  return milliseconds;
}
