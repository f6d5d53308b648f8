import { setImmediate as yieldToEventLoop } from 'node:timers/promises';

/**
 * Characters that are counted at a time. The time that a long run of equal letters takes grows with its square; cut in
 * pieces it stays small, and the count is off by one per cut at most.
 */
const PIECE = 2_000;
/** Other work is let through after so many characters. */
const YIELD_EVERY = 40_000;

/** How many tokens a text has for models with the o200k_base encoding (GPT-4o and later); for others it is an estimate. */
export async function countTokens(text: string): Promise<number> {
  // Loaded when it is first needed: its tables take 100 MB.
  const { countTokens: count } = await import('gpt-tokenizer/encoding/o200k_base');
  let tokens = 0;
  for (let from = 0; from < text.length; from += PIECE) {
    if (from % YIELD_EVERY === 0 && from > 0) await yieldToEventLoop();
    // What looks like a token with a meaning is text here.
    tokens += count(text.slice(from, from + PIECE), { disallowedSpecial: new Set() });
  }
  return tokens;
}
