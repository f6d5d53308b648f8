import type { ChatMessage } from '../../domain/chat-context.ts';
import type { ModelRequest } from '../../providers/model/port.ts';
import type { TurnClaim } from '../../store/turns/turn-claim.ts';
import type { BuiltInNames } from './draft/turn-draft.ts';
import { offeredToolChoice, offeredTools, type BuiltInTools } from './built-in-tools.ts';

/** The model request of a claimed turn. `names`: those of the run's built-in tools. */
export function modelRequest(
  claim: TurnClaim,
  messages: ChatMessage[],
  builtInTools: BuiltInTools,
  names: BuiltInNames,
): ModelRequest {
  const { settings } = claim;
  const limit = settings.max_completion_tokens;
  return {
    model: settings.model,
    messages,
    tools: offeredTools(settings, builtInTools, names),
    // A tool is forced only in the first turn: the outputs must be able to end the run.
    toolChoice: claim.turn > 0 && settings.tool_choice !== 'none' ? 'auto' : offeredToolChoice(settings, names),
    parallelToolCalls: settings.parallel_tool_calls,
    responseFormat: settings.response_format,
    temperature: settings.temperature,
    topP: settings.top_p,
    reasoningEffort: settings.reasoning_effort,
    maxCompletionTokens: limit === null ? null : limit - claim.usage.completion_tokens,
  };
}
