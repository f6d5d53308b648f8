/** A question that contains this word makes the benches' model think for `THINK_MS` milliseconds. */
export const THINK = 'think';
export const THINK_MS = 3_000;
