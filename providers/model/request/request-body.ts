import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import type { ModelRequest } from '../port.ts';
import { wireMessages } from './wire-messages.ts';

/**
 * Builds the request. Parameters that are not set are omitted, because endpoints refuse parameters that their model does not
 * support.
 */
export function requestBody(request: ModelRequest, model: string, endpoint: string): ChatCompletionCreateParamsStreaming {
  const { responseFormat, toolChoice } = request;
  const hasTools = request.tools.length > 0;
  const body: ChatCompletionCreateParamsStreaming = {
    model,
    messages: wireMessages(request.messages, endpoint),
    stream: true,
    stream_options: { include_usage: true },
  };
  if (hasTools) {
    body.tools = request.tools as NonNullable<ChatCompletionCreateParamsStreaming['tools']>;
    if (toolChoice !== 'auto') body.tool_choice = toolChoice as NonNullable<ChatCompletionCreateParamsStreaming['tool_choice']>;
    if (!request.parallelToolCalls) body.parallel_tool_calls = false;
  }
  if (responseFormat !== 'auto') {
    body.response_format = responseFormat as NonNullable<ChatCompletionCreateParamsStreaming['response_format']>;
  }
  if (request.temperature !== null) body.temperature = request.temperature;
  if (request.topP !== null) body.top_p = request.topP;
  if (request.reasoningEffort !== null) {
    body.reasoning_effort = request.reasoningEffort;
  }
  if (request.maxCompletionTokens !== null) body.max_completion_tokens = request.maxCompletionTokens;
  return body;
}
