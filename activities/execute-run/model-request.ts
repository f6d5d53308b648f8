import type { ChatMessage } from '../../domain/chat-context.ts';
import type { TurnOutcome } from '../../domain/model-turn.ts';
import { NO_USAGE } from '../../domain/usage.ts';
import type { ModelAnswer, ModelRequest } from '../../providers/model/port.ts';
import type { TurnClaim } from '../../store/runs/turn.ts';
import { newId } from '../../store/ids.ts';

/** What a claimed turn asks of the model. */
export function modelRequest(claim: TurnClaim, messages: ChatMessage[]): ModelRequest {
  const { settings } = claim;
  const limit = settings.max_completion_tokens;
  return {
    model: settings.model,
    messages,
    tools: settings.tools.filter((tool) => tool.type === 'function'),
    // A forced tool is forced once: the outputs must be able to end the run.
    toolChoice: claim.turn > 0 && settings.tool_choice !== 'none' ? 'auto' : settings.tool_choice,
    parallelToolCalls: settings.parallel_tool_calls,
    responseFormat: settings.response_format,
    temperature: settings.temperature,
    topP: settings.top_p,
    reasoningEffort: settings.reasoning_effort,
    maxCompletionTokens: limit === null ? null : Math.max(1, limit - claim.usage.completion_tokens),
  };
}

/** The answer with call ids of our own: providers repeat theirs, or send none. */
export function turnOutcome(answer: ModelAnswer): TurnOutcome {
  return {
    text: answer.text,
    refusal: answer.refusal,
    calls: answer.toolCalls.map((call) => ({ id: newId('call'), type: 'function', function: { ...call } })),
    finishReason: answer.finishReason,
    usage: answer.usage ?? NO_USAGE,
  };
}
