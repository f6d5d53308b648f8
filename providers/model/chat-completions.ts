import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { secretMask, secretsInUrl } from '../../domain/mask-secrets.ts';
import { ChunkReader } from './chunk-reader.ts';
import { mapModel, type ModelMap } from './model-map.ts';
import { RefusedParameters } from './refused-parameters.ts';
import { ModelCallError, type ModelProvider, type ModelRequest } from './port.ts';

export interface ChatCompletionsOptions {
  baseUrl: string;
  apiKey: string;
  modelMap?: ModelMap;
  /** Longest silence before and between parts of an answer, in milliseconds. Default 120,000. */
  idleTimeoutMs?: number;
}

const IDLE_TIMEOUT_MS = 120_000;
/** Sent to endpoints that want no key. */
const NO_KEY = 'none';

/** Only what was asked for is sent: endpoints refuse parameters that their model does not take. */
function requestBody(request: ModelRequest, model: string): ChatCompletionCreateParamsStreaming {
  const { responseFormat, toolChoice } = request;
  const hasTools = request.tools.length > 0;
  const body: ChatCompletionCreateParamsStreaming = {
    model,
    messages: request.messages,
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

/** Endpoints may repeat what they were sent, and these words go to callers, to Temporal and to the log: no secret may be in them. */
function masked(error: ModelCallError, mask: (text: string) => string): ModelCallError {
  return new ModelCallError(mask(error.message), error.failure, null);
}

function modelCallError(error: unknown): ModelCallError {
  if (error instanceof ModelCallError) return error;
  if (error instanceof APIConnectionTimeoutError) {
    return new ModelCallError('The model endpoint did not answer in time.', { status: undefined, headers: {} }, error);
  }
  if (error instanceof APIConnectionError) {
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return new ModelCallError(`The model endpoint could not be reached${cause}.`, { status: undefined, headers: {} }, error);
  }
  if (error instanceof APIError) {
    const headers = Object.fromEntries((error.headers as Headers | undefined)?.entries() ?? []);
    return new ModelCallError(error.message, { status: error.status as number | undefined, headers, code: error.code }, error);
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ModelCallError(`The model's answer could not be read: ${message}`, { status: undefined, headers: {} }, error);
}

/**
 * Any Chat Completions endpoint, always read as a stream. It retries nothing: its caller is a retryable activity.
 */
export function createChatCompletionsProvider(options: ChatCompletionsOptions): ModelProvider {
  const client = new OpenAI({ baseURL: options.baseUrl, apiKey: options.apiKey, maxRetries: 0, logLevel: 'off' });
  const idleTimeoutMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
  const mask = secretMask([...secretsInUrl(options.baseUrl), options.apiKey].filter((secret) => secret !== NO_KEY));
  const refused = new RefusedParameters();
  return {
    async complete(request, reader, signal) {
      const body = requestBody(request, mapModel(options.modelMap ?? {}, request.model));
      const idle = new AbortController();
      const timer = setTimeout(() => idle.abort(), idleTimeoutMs);
      const answer = new ChunkReader(reader);
      try {
        const either = AbortSignal.any([signal, idle.signal]);
        const stream = await refused.leavingOut(body, (taken) => client.chat.completions.create(taken, { signal: either }));
        for await (const chunk of stream) {
          timer.refresh();
          answer.add(chunk);
        }
      } catch (error) {
        signal.throwIfAborted();
        throw idle.signal.aborted ? silent(idleTimeoutMs) : masked(modelCallError(error), mask);
      } finally {
        clearTimeout(timer);
      }
      signal.throwIfAborted();
      if (idle.signal.aborted) throw silent(idleTimeoutMs);
      const end = answer.end();
      if (!end) {
        throw new ModelCallError("The model's answer broke off before its end.", { status: undefined, headers: {} }, null);
      }
      return end;
    },
  };
}

function silent(afterMs: number): ModelCallError {
  return new ModelCallError(
    `The model endpoint was silent for ${afterMs / 1_000} seconds.`,
    { status: undefined, headers: {} },
    null,
  );
}
