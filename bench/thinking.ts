/** A question with this word in it makes the model of the benches think, for this long in milliseconds. */
export const THINK = 'think';
export const THINK_MS = 3_000;
