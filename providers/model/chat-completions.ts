import { createHash } from 'node:crypto';
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { secretMask, secretsInUrl } from '../../domain/mask-secrets.ts';
import { ChunkReader, type ReadAnswer } from './answer/chunk-reader.ts';
import { readAnswer } from './answer/read-answer.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { answerTooLarge } from './limits.ts';
import { mapModel, type ModelMap } from './model-map.ts';
import { publicText, publicWords } from './public-words.ts';
import { ModelCallError, type AnswerEnd, type ModelProvider } from './port.ts';
import { Refusals } from './refusals/refusals.ts';
import { requestBody } from './request/request-body.ts';

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

/** Endpoints may repeat what they were sent, and these words go to callers, to Temporal and to the log: no secret may be in them. */
function masked({ message, failure, detail, final }: ModelCallError, mask: (text: string) => string): ModelCallError {
  return new ModelCallError(mask(message).toWellFormed(), failure, null, { detail: mask(detail).toWellFormed(), final });
}

/** Tells endpoints apart, without telling where they are. */
function nameOf(baseUrl: string): string {
  const { origin, pathname } = new URL(baseUrl);
  return createHash('sha256')
    .update(origin + pathname)
    .digest('hex')
    .slice(0, 12);
}

function ended({ message, calls, finishReason, usage }: ReadAnswer, endpoint: string): AnswerEnd {
  return { finishReason, usage, extras: calls.length === 0 ? null : { endpoint, message, calls } };
}

const TOO_MANY_REQUESTS = 429;
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

/** Of an error within an answer whose own status was 200, only this one is known to mean the same. */
function statusOf({ status, code }: APIError): number | undefined {
  return status ?? (Number(code) === TOO_MANY_REQUESTS ? TOO_MANY_REQUESTS : undefined);
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
    const failure = { status: statusOf(error), headers, code: error.code };
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
  const endpoint = nameOf(options.baseUrl);
  const refusals = new Refusals();
  return {
    async complete(request, reader, signal) {
      const body = requestBody(request, mapModel(options.modelMap ?? {}, request.model), endpoint);
      const late = new AbortController();
      const silence = setTimeout(() => late.abort(silent(idleTimeoutMs)), idleTimeoutMs);
      const whole = setTimeout(() => late.abort(endless(answerTimeoutMs)), answerTimeoutMs);
      const answer = new ChunkReader(reader);
      const either = AbortSignal.any([signal, late.signal]);
      try {
        const ask = (said: typeof body): Promise<Response> => {
          silence.refresh();
          return client.chat.completions.create(said, { signal: either, timeout: idleTimeoutMs }).asResponse();
        };
        const response = await refusals.adapting(body, ask);
        await readAnswer(response, answer, () => silence.refresh());
        either.throwIfAborted();
        return ended(answer.end(), endpoint);
      } catch (error) {
        either.throwIfAborted();
        throw masked(modelCallError(error, mask), mask);
      } finally {
        clearTimeout(silence);
        clearTimeout(whole);
      }
    },
  };
}

const silent = (afterMs: number): ModelCallError =>
  new ModelCallError(`The model endpoint was silent for ${afterMs / 1_000} seconds.`, NO_ANSWER, null);

const endless = (afterMs: number): ModelCallError => answerTooLarge(`it had not ended after ${afterMs / 1_000} seconds`);
