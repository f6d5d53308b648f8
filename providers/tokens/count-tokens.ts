import { setImmediate as yieldToEventLoop } from 'node:timers/promises';

/**
 * Characters that are counted at a time. The time for a long run of equal letters grows with its square. In chunks it stays
 * small, and the count is off by at most one per chunk boundary.
 */
const CHUNK_CHARACTERS = 2_000;
/** Yields to the event loop after this many characters. */
const YIELD_EVERY = 40_000;

/** Counts the tokens of a text in the o200k_base encoding (GPT-4o and later); for other models this is an estimate. */
export async function countTokens(text: string): Promise<number> {
  // Loaded on first use: its tables take 100 MB.
  const { countTokens: count } = await import('gpt-tokenizer/encoding/o200k_base');
  let tokens = 0;
  for (let from = 0; from < text.length; from += CHUNK_CHARACTERS) {
    if (from % YIELD_EVERY === 0 && from > 0) await yieldToEventLoop();
    // Text that looks like a special token is counted as ordinary text.
    tokens += count(text.slice(from, from + CHUNK_CHARACTERS), { disallowedSpecial: new Set() });
  }
  return tokens;
}
