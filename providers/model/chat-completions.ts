import { createHash } from 'node:crypto';
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { secretMask, secretsInUrl } from '../../domain/mask-secrets.ts';
import { ChunkReader, type ReadAnswer } from './answer/chunk-reader.ts';
import { readAnswer } from './answer/read-answer.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { answerTooLarge } from './limits.ts';
import { mapModel, type ModelMap } from './model-map.ts';
import { publicMessageText, publicMessage } from './public-message.ts';
import { ModelCallError, type AnswerEnd, type ModelProvider } from './port.ts';
import { Refusals } from './refusals/refusals.ts';
import { requestBody } from './request/request-body.ts';
import { TimeLimits } from '../time-limits.ts';

export interface ChatCompletionsOptions {
  baseUrl: string;
  apiKey: string;
  modelMap?: ModelMap;
  /** Maximum silence before and between parts of an answer, in milliseconds. Default 120,000. */
  idleTimeoutMs?: number;
  /** Maximum time for a whole answer, in milliseconds. Default 3,600,000. */
  answerTimeoutMs?: number;
}

const IDLE_TIMEOUT_MS = 120_000;
const ANSWER_TIMEOUT_MS = 3_600_000;
/** Sent to endpoints that need no key. */
const NO_KEY = 'none';

/**
 * Masks secrets in an error. Endpoints may repeat what they were sent, and the error's text goes to callers, to Temporal and to
 * the log.
 */
function masked({ message, failure, detail, final }: ModelCallError, mask: (text: string) => string): ModelCallError {
  return new ModelCallError(mask(message).toWellFormed(), failure, null, { detail: mask(detail).toWellFormed(), final });
}

/** Identifies an endpoint without revealing its address. */
function nameOf(baseUrl: string): string {
  const { origin, pathname } = new URL(baseUrl);
  return createHash('sha256')
    .update(origin + pathname)
    .digest('hex')
    .slice(0, 12);
}

function answerEnd({ message, calls, finishReason, usage }: ReadAnswer, endpoint: string): AnswerEnd {
  return { finishReason, usage, extras: calls.length === 0 ? null : { endpoint, message, calls } };
}

const TOO_MANY_REQUESTS = 429;
const NO_ANSWER = { status: undefined, headers: {} };

interface ErrorLike {
  message: string;
  cause?: unknown;
  code?: string | null | undefined;
}

/** The innermost cause: `fetch failed` is useless, its cause is not. */
function innermost(error: ErrorLike): ErrorLike {
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'message' in cause ? innermost(cause as ErrorLike) : error;
}

/** The HTTP status of an error. For an error within an answer with status 200, 429 is the only code known to mean the same. */
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
    return new ModelCallError(publicMessage(error, mask), failure, error, { detail: error.message });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ModelCallError(`The model's answer could not be read: ${publicMessageText(message, mask)}`, NO_ANSWER, error, {
    detail: message,
  });
}

/**
 * A provider for any Chat Completions endpoint. Always reads the answer as a stream. It does not retry, because its caller is a
 * retryable activity.
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
      const limits = new TimeLimits({
        idleMs: idleTimeoutMs,
        answerMs: answerTimeoutMs,
        silent: idleError,
        tooLong: tooLongError,
      });
      const answer = new ChunkReader(reader);
      const anySignal = AbortSignal.any([signal, limits.signal]);
      try {
        const send = (sent: typeof body): Promise<Response> => {
          limits.touch();
          return client.chat.completions.create(sent, { signal: anySignal, timeout: idleTimeoutMs }).asResponse();
        };
        const response = await refusals.adapting(body, send);
        await readAnswer(response, answer, () => limits.touch());
        anySignal.throwIfAborted();
        return answerEnd(answer.end(), endpoint);
      } catch (error) {
        anySignal.throwIfAborted();
        throw masked(modelCallError(error, mask), mask);
      } finally {
        limits.end();
      }
    },
  };
}

const idleError = (afterMs: number): ModelCallError =>
  new ModelCallError(`The model endpoint was silent for ${afterMs / 1_000} seconds.`, NO_ANSWER, null);

const tooLongError = (afterMs: number): ModelCallError => answerTooLarge(`it had not ended after ${afterMs / 1_000} seconds`);
