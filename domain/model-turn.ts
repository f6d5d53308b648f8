import type { Usage } from '../schemas/usage.ts';
import type { FunctionToolCall } from '../schemas/tools.ts';
import type { IncompleteDetails, RunError } from '../schemas/run.ts';
import type { AnswerExtras } from './answer-extras.ts';
import { isBuiltIn, isFunction, type BuiltInToolCall, type ToolCall } from './tool-call.ts';

/** The result of one answered model call. Its calls already have our ids. */
export interface TurnOutcome {
  text: string;
  refusal: string | null;
  calls: ToolCall[];
  finishReason: string | null;
  usage: Usage;
  /** Only present with calls, since only then the run needs it in its next turn. */
  extras?: AnswerExtras;
}

/** How a model's answer ended. */
export interface TurnEnd extends Pick<TurnOutcome, 'finishReason' | 'usage'> {
  extras?: AnswerExtras | null;
}

/** What a run does after a turn. */
export type TurnDecision =
  | { kind: 'built_in_tools'; calls: BuiltInToolCall[] }
  | { kind: 'requires_action'; calls: FunctionToolCall[] }
  | { kind: 'completed' }
  | { kind: 'incomplete'; details: IncompleteDetails }
  | { kind: 'failed'; error: RunError };

/**
 * Decides what a run does after a turn. A turn that was cut by its length or by a filter ends the run `incomplete`, and its
 * incomplete calls are not carried out; if a filter let nothing through, the run fails. Otherwise calls are carried out whatever
 * `finishReason` says, since a provider may report `stop` along with calls: those of built-in tools first, then those of
 * functions, by the caller. An answer without calls completes the run.
 */
export function decideTurn(outcome: TurnOutcome): TurnDecision {
  if (outcome.finishReason === 'length') return { kind: 'incomplete', details: { reason: 'max_completion_tokens' } };
  if (outcome.finishReason === 'content_filter') {
    if (outcome.text !== '' || outcome.refusal !== null || outcome.calls.length > 0) {
      return { kind: 'incomplete', details: { reason: 'content_filter' } };
    }
    return { kind: 'failed', error: { code: 'invalid_prompt', message: "The model's content filter stopped the answer." } };
  }
  const builtIn = outcome.calls.filter(isBuiltIn);
  if (builtIn.length > 0) return { kind: 'built_in_tools', calls: builtIn };
  const functions = outcome.calls.filter(isFunction);
  if (functions.length > 0) return { kind: 'requires_action', calls: functions };
  return { kind: 'completed' };
}

/** Decides what a run does after the calls of built-in tools of a turn: its functions are handed out, or the next turn follows. */
export function decideAfterBuiltInTools(
  outcome: Pick<TurnOutcome, 'calls'>,
): { kind: 'turn' } | { kind: 'requires_action'; calls: FunctionToolCall[] } {
  const calls = outcome.calls.filter(isFunction);
  return calls.length > 0 ? { kind: 'requires_action', calls } : { kind: 'turn' };
}
