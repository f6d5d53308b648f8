import { z } from 'zod';

/** Token counts as on the wire: `prompt_token_details` is singular there (recordings: FunctionToolsWork). */
export const Usage = z.strictObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_token_details: z.strictObject({ cached_tokens: z.int() }),
  completion_tokens_details: z.strictObject({ reasoning_tokens: z.int() }),
});
export type Usage = z.infer<typeof Usage>;
