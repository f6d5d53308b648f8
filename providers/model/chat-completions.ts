import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { secretMask, secretsInUrl } from '../../domain/mask-secrets.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { ChunkReader } from './chunk-reader.ts';
import { answerTooLarge } from './limits.ts';
import { mapModel, type ModelMap } from './model-map.ts';
import { publicText, publicWords } from './public-words.ts';
import { readChunks } from './read-chunks.ts';
import { RefusedParameters } from './refused-parameters.ts';
import { ModelCallError, type ModelProvider, type ModelRequest } from './port.ts';

export interface ChatCompletionsOptions {
  baseUrl: string;
  apiKey: string;
  modelMap?: ModelMap;
  /** Longest silence before and between parts of an answer, in milliseconds. Default 120,000. */
  idleTimeoutMs?: number;
  /** Longest time for a whole answer, in milliseconds. Default 3,600,000. */
  answerTimeoutMs?: number;
}

const IDLE_TIMEOUT_MS = 120_000;
const ANSWER_TIMEOUT_MS = 3_600_000;
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
function masked({ message, failure, detail, final }: ModelCallError, mask: (text: string) => string): ModelCallError {
  return new ModelCallError(mask(message), failure, null, { detail: mask(detail), final });
}

const NO_ANSWER = { status: undefined, headers: {} };

interface Failed {
  message: string;
  cause?: unknown;
  code?: string | null | undefined;
}

/** The error at the bottom: `fetch failed` says nothing, what caused it does. */
function innermost(error: Failed): Failed {
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'message' in cause ? innermost(cause as Failed) : error;
}

function modelCallError(error: unknown, mask: (text: string) => string): ModelCallError {
  if (error instanceof ModelCallError) return error;
  if (error instanceof APIConnectionTimeoutError) {
    return new ModelCallError('The model endpoint did not answer in time.', NO_ANSWER, error);
  }
  if (error instanceof APIConnectionError) {
    const { message, code } = innermost(error);
    const detail = `The model endpoint could not be reached: ${message}`;
    return new ModelCallError(`The model endpoint could not be reached${code ? ` (${code})` : ''}.`, NO_ANSWER, error, {
      detail,
    });
  }
  if (error instanceof APIError) {
    const headers = Object.fromEntries((error.headers as Headers | undefined)?.entries() ?? []);
    const failure = { status: error.status as number | undefined, headers, code: error.code };
    return new ModelCallError(publicWords(error, mask), failure, error, { detail: error.message });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ModelCallError(`The model's answer could not be read: ${publicText(message, mask)}`, NO_ANSWER, error, {
    detail: message,
  });
}

/**
 * Any Chat Completions endpoint, always read as a stream. It retries nothing: its caller is a retryable activity.
 */
export function createChatCompletionsProvider(options: ChatCompletionsOptions): ModelProvider {
  const client = new OpenAI({
    baseURL: options.baseUrl,
    apiKey: options.apiKey,
    maxRetries: 0,
    logLevel: 'off',
    fetch: boundedFetch,
  });
  const { idleTimeoutMs = IDLE_TIMEOUT_MS, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  const mask = secretMask([...secretsInUrl(options.baseUrl), options.apiKey].filter((secret) => secret !== NO_KEY));
  const refused = new RefusedParameters();
  return {
    async complete(request, reader, signal) {
      const body = requestBody(request, mapModel(options.modelMap ?? {}, request.model));
      const late = new AbortController();
      const silence = setTimeout(() => late.abort(silent(idleTimeoutMs)), idleTimeoutMs);
      const whole = setTimeout(() => late.abort(endless(answerTimeoutMs)), answerTimeoutMs);
      const answer = new ChunkReader(reader);
      const either = AbortSignal.any([signal, late.signal]);
      try {
        const ask = (taken: typeof body): Promise<Response> =>
          client.chat.completions.create(taken, { signal: either, timeout: idleTimeoutMs }).asResponse();
        const response = await refused.leavingOut(body, ask);
        for await (const chunk of readChunks(response, () => silence.refresh())) answer.add(chunk);
      } catch (error) {
        either.throwIfAborted();
        throw masked(modelCallError(error, mask), mask);
      } finally {
        clearTimeout(silence);
        clearTimeout(whole);
      }
      either.throwIfAborted();
      const end = answer.end();
      if (!end) {
        throw new ModelCallError("The model's answer broke off before its end.", NO_ANSWER, null);
      }
      return end;
    },
  };
}

const silent = (afterMs: number): ModelCallError =>
  new ModelCallError(`The model endpoint was silent for ${afterMs / 1_000} seconds.`, NO_ANSWER, null);

const endless = (afterMs: number): ModelCallError => answerTooLarge(`it had not ended after ${afterMs / 1_000} seconds`);
