import { Readable } from 'node:stream';
import { ApiError } from '../../domain/api-error.ts';
import { apiErrors } from '../../domain/api-errors.ts';
import { secretMask, secretsInUrl } from '../../domain/mask-secrets.ts';
import { boundedFetch } from '../model/bounded-fetch.ts';
import { answerLimits } from '../model/limits.ts';
import { mapModel, type ModelMap } from '../model/model-map.ts';
import { maskBytes } from './mask-bytes.ts';
import type { PassThrough } from './port.ts';
import { publicHeaders } from './public-headers.ts';
import { refusalOf } from './refusal.ts';
import { TimeLimits } from '../time-limits.ts';

export interface PassThroughOptions {
  baseUrl: string;
  apiKey: string;
  modelMap: ModelMap;
  /** Maximum silence before and between parts of an answer, in milliseconds. */
  idleTimeoutMs: number;
  /** Maximum time for a whole answer, in milliseconds. */
  answerTimeoutMs: number;
}

/** Sent to endpoints that need no key. */
const NO_KEY = 'none';
/** Limits of the endpoint's model list: its size in bytes, and the number of models shown. */
const MODELS_BYTES = 4 * 1024 * 1024;
const MODELS_SHOWN = 1_000;

/** The URL of an endpoint's path; keeps the query of the base URL. */
function urlOf(baseUrl: string, path: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
  return url;
}

/** Yields the parts of an answer as they arrive, within the limits. @throws {ApiError} */
async function* bounded(body: AsyncIterable<Uint8Array>, limits: TimeLimits, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > maxBytes) throw apiErrors.modelAnswerTooLarge(maxBytes);
    limits.pause();
    yield part;
    limits.resume();
  }
}

async function wholeText(parts: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all).toString();
}

/** The model ids in the endpoint's list; other content is ignored. */
function idsIn(text: string): string[] {
  const { data } = JSON.parse(text) as { data?: unknown };
  const ids = Array.isArray(data) ? data.map((model: { id?: unknown } | null) => model?.id) : [];
  return ids.filter((id): id is string => typeof id === 'string').slice(0, MODELS_SHOWN);
}

/** Passes requests to the Chat Completions endpoint that runs use. Does not retry: SDKs do that. */
export function createPassThrough(options: PassThroughOptions): PassThrough {
  const { baseUrl, apiKey, modelMap } = options;
  const secrets = [...secretsInUrl(baseUrl), apiKey].filter((secret) => secret !== NO_KEY);
  const mask = secretMask(secrets);

  /** Sends a request to the endpoint with no other headers than these. */
  async function request(path: string, init: { method: string; body?: string; accept: string }, signal: AbortSignal) {
    const limits = new TimeLimits({
      idleMs: options.idleTimeoutMs,
      answerMs: options.answerTimeoutMs,
      silent: (afterMs) => apiErrors.modelTimedOut('was silent', afterMs),
      tooLong: (afterMs) => apiErrors.modelTimedOut('went on', afterMs),
    });
    signal.addEventListener('abort', () => limits.end(), { once: true });
    const anySignal = AbortSignal.any([signal, limits.signal]);
    const { method, body, accept } = init;
    try {
      anySignal.throwIfAborted();
      const response = await boundedFetch(urlOf(baseUrl, path), {
        method,
        headers: {
          accept,
          authorization: `Bearer ${apiKey}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
        signal: anySignal,
      });
      if (!response.ok) throw await refusalOf(response, mask);
      return { response, limits };
    } catch (error) {
      limits.end();
      anySignal.throwIfAborted();
      if (error instanceof ApiError) throw error;
      const { cause } = error as { cause?: { code?: string } };
      throw apiErrors.modelUnreachable(cause?.code);
    }
  }

  return {
    async send({ operation, body, accept = '*/*' }, signal) {
      const passed = JSON.stringify({ ...body, model: mapModel(modelMap, body.model) });
      const { response, limits } = await request(operation, { method: 'POST', body: passed, accept }, signal);
      return {
        status: response.status,
        headers: publicHeaders(response.headers, mask, ['content-type']),
        body: maskBytes(bounded(response.body ?? Readable.from([]), limits, answerLimits.bytes), secrets),
      };
    },

    async models(signal) {
      const names = Object.keys(modelMap).filter((name) => name !== '*');
      const any = Object.hasOwn(modelMap, '*');
      if (names.length > 0 || any) return { names, any };
      const { response, limits } = await request('models', { method: 'GET', accept: 'application/json' }, signal);
      const text = await wholeText(bounded(response.body ?? Readable.from([]), limits, MODELS_BYTES));
      limits.end();
      try {
        return { names: idsIn(mask(text)), any };
      } catch {
        throw apiErrors.modelUnreachable('its list of models is no JSON');
      }
    },
  };
}
