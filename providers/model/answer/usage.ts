import type { Usage } from '../../../schemas/usage.ts';

/** More than any model reads or writes; larger counts are ignored, so that sums remain exact integers. */
const MAX_TOKENS = 1e12;

/** A token count as endpoints send it: a number, text, or missing. */
function count(given: unknown): number {
  const value = Math.round(Number(given ?? 0));
  return value > 0 && value <= MAX_TOKENS ? value : 0;
}

const fieldsOf = (given: unknown): Record<string, unknown> =>
  typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};

/** Reads an endpoint's token counts, by the names of Chat Completions or of Responses. */
function readUsage(given: unknown): Usage {
  const usage = fieldsOf(given);
  const prompt = count(usage['prompt_tokens'] ?? usage['input_tokens']);
  const completion = count(usage['completion_tokens'] ?? usage['output_tokens']);
  const promptDetails = fieldsOf(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
  const completionDetails = fieldsOf(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: count(usage['total_tokens']) || prompt + completion,
    prompt_token_details: { cached_tokens: count(promptDetails['cached_tokens']) },
    completion_tokens_details: { reasoning_tokens: count(completionDetails['reasoning_tokens']) },
  };
}

/**
 * Later counts replace earlier ones, because some endpoints send running counts with each chunk; a zero after a count is ignored.
 */
export function newerUsage(known: Usage | null, given: unknown): Usage | null {
  if (typeof given !== 'object' || given === null) return known;
  const usage = readUsage(given);
  return known !== null && usage.total_tokens === 0 ? known : usage;
}
