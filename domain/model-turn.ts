import type { Usage } from '../schemas/usage.ts';
import type { FunctionToolCall } from '../schemas/tools.ts';
import type { IncompleteDetails, RunError } from '../schemas/run.ts';
import type { AnswerExtras } from './answer-extras.ts';

/** What one answered model call brought. Call ids are ours already. */
export interface TurnOutcome {
  text: string;
  refusal: string | null;
  calls: FunctionToolCall[];
  finishReason: string | null;
  usage: Usage;
  /** Kept as long as the run may need them: with calls. */
  extras?: AnswerExtras;
}

/** How a model's answer ended. */
export interface TurnEnd extends Pick<TurnOutcome, 'finishReason' | 'usage'> {
  extras?: AnswerExtras | null;
}

/** What a run does after a turn. */
export type TurnDecision =
  | { kind: 'requires_action'; calls: FunctionToolCall[] }
  | { kind: 'completed' }
  | { kind: 'incomplete'; details: IncompleteDetails }
  | { kind: 'failed'; error: RunError };

/**
 * Calls are handed to the caller before anything else counts, since a provider may report `stop` along with calls.
 * A turn cut by its length or by a filter ends the run `incomplete`, its half-written calls are not handed out. An answer with neither
 * text nor calls completes the run without a message.
 */
export function decideTurn(outcome: TurnOutcome): TurnDecision {
  if (outcome.finishReason === 'length') return { kind: 'incomplete', details: { reason: 'max_completion_tokens' } };
  if (outcome.finishReason === 'content_filter') {
    if (outcome.text !== '' || outcome.refusal !== null || outcome.calls.length > 0) {
      return { kind: 'incomplete', details: { reason: 'content_filter' } };
    }
    return { kind: 'failed', error: { code: 'invalid_prompt', message: "The model's content filter stopped the answer." } };
  }
  if (outcome.calls.length > 0) return { kind: 'requires_action', calls: outcome.calls };
  return { kind: 'completed' };
}
