import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import type { ChatCompletionChunk, ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { secretMask, secretsInUrl } from '../../domain/mask-secrets.ts';
import type { Usage } from '../../schemas/usage.ts';
import { mapModel, type ModelMap } from './model-map.ts';
import { ModelCallError, type ModelAnswer, type ModelProvider, type ModelRequest, type ModelToolCall } from './port.ts';

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

/** A count as endpoints write it, also as text or not at all. */
function tokens(count: unknown): number {
  const value = Number(count ?? 0);
  return Number.isFinite(value) && value > 0 ? Math.round(value) : 0;
}

function usageFrom(usage: NonNullable<ChatCompletionChunk['usage']>): Usage {
  const prompt = tokens(usage.prompt_tokens);
  const completion = tokens(usage.completion_tokens);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: tokens(usage.total_tokens) || prompt + completion,
    prompt_token_details: { cached_tokens: tokens(usage.prompt_tokens_details?.cached_tokens) },
    completion_tokens_details: { reasoning_tokens: tokens(usage.completion_tokens_details?.reasoning_tokens) },
  };
}

/** Puts an answer together from its parts. */
class AnswerBuilder {
  #text = '';
  #refusal: string | null = null;
  #finishReason: string | null = null;
  #usage: Usage | null = null;
  readonly #calls = new Map<number, ModelToolCall>();

  add(chunk: ChatCompletionChunk): void {
    if (chunk.usage) this.#usage = usageFrom(chunk.usage);
    // Endpoints that only resemble the original leave out what has nothing to say.
    const choice = (chunk.choices as typeof chunk.choices | undefined)?.[0];
    if (!choice) return;
    if (choice.finish_reason) this.#finishReason = choice.finish_reason;
    const { content, refusal, tool_calls: fragments } = (choice.delta as typeof choice.delta | undefined) ?? {};
    if (content) this.#text += content;
    if (refusal) this.#refusal = (this.#refusal ?? '') + refusal;
    for (const fragment of fragments ?? []) {
      const index = this.#indexOf(fragment);
      const call = this.#calls.get(index) ?? { name: '', arguments: '' };
      call.name += fragment.function?.name ?? '';
      call.arguments += fragment.function?.arguments ?? '';
      this.#calls.set(index, call);
    }
  }

  /** Without an index, a fragment that names a function begins the next call. */
  #indexOf(fragment: { index?: number; function?: { name?: string | null } | null }): number {
    if (typeof fragment.index === 'number') return fragment.index;
    return fragment.function?.name ? this.#calls.size : Math.max(0, this.#calls.size - 1);
  }

  /** Null if the answer broke off: an answer that ended says why. */
  build(): ModelAnswer | null {
    if (this.#finishReason === null) return null;
    const toolCalls = [...this.#calls.entries()].toSorted(([a], [b]) => a - b).map(([, call]) => call);
    return {
      text: this.#text,
      refusal: this.#refusal,
      toolCalls,
      finishReason: this.#finishReason,
      usage: this.#usage,
    };
  }
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
  const client = new OpenAI({ baseURL: options.baseUrl, apiKey: options.apiKey, maxRetries: 0 });
  const idleTimeoutMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
  const mask = secretMask([...secretsInUrl(options.baseUrl), options.apiKey].filter((secret) => secret !== NO_KEY));
  return {
    async complete(request, signal) {
      const body = requestBody(request, mapModel(options.modelMap ?? {}, request.model));
      const idle = new AbortController();
      const timer = setTimeout(() => idle.abort(), idleTimeoutMs);
      const answer = new AnswerBuilder();
      try {
        const stream = await client.chat.completions.create(body, { signal: AbortSignal.any([signal, idle.signal]) });
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
      const whole = answer.build();
      if (!whole) {
        throw new ModelCallError("The model's answer broke off before its end.", { status: undefined, headers: {} }, null);
      }
      return whole;
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
