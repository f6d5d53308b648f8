import type { AnswerEnd } from '../port.ts';

type FinishReason = AnswerEnd['finishReason'];

/** Finish reasons that endpoints send, in lower case with underscores. docs/reference/models.md lists the endpoints. */
const MEANINGS: Readonly<Record<Exclude<FinishReason, 'stop'> | 'failed', readonly string[]>> = {
  length: [
    'length',
    'max_tokens',
    'max_token',
    'max_output_tokens',
    'max_completion_tokens',
    'max_length',
    'model_length',
    'token_limit',
    'token_limit_reached',
    'context_length',
    'context_length_exceeded',
    'context_window_exceeded',
    'model_context_window_exceeded',
    'incomplete',
    'truncated',
  ],
  content_filter: [
    'content_filter',
    'content_filtered',
    'safety',
    'sensitive',
    'recitation',
    'blocklist',
    'prohibited_content',
    'spii',
    'guardrail',
    'guardrail_intervened',
    'moderation',
    'refusal',
  ],
  tool_calls: ['tool_calls', 'tool_call', 'tool_use', 'function_call', 'function_calls'],
  failed: [
    'error',
    'failed',
    'failure',
    'abort',
    'aborted',
    'cancelled',
    'canceled',
    'timeout',
    'network_error',
    'server_error',
    'internal_error',
    'internal_server_error',
    'model_error',
    'overloaded',
    'engine_overloaded',
    'insufficient_system_resource',
    'malformed_function_call',
    'unexpected_tool_call',
  ],
};

const BY_WORD = new Map(
  Object.entries(MEANINGS).flatMap(([meaning, words]) =>
    words.map((word): [string, FinishReason | 'failed'] => [word, meaning as FinishReason | 'failed']),
  ),
);

/**
 * Maps an endpoint's finish reason to the standard ones; `failed` if the answer is not usable. Unknown reasons count as `stop`.
 * Some endpoints send the reason after a prefix and a colon (Gemini's `function_call_filter: …`).
 */
export function finishReasonOf(given: string): FinishReason | 'failed' {
  const word = given
    .slice(given.lastIndexOf(':') + 1)
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
  return BY_WORD.get(word) ?? 'stop';
}
