import { APIError } from 'openai';
import { ApiError } from '../../domain/api-error.ts';
import { publicWords } from '../model/public-words.ts';
import { publicHeaders } from './public-headers.ts';

type Mask = (text: string) => string;

/** Of `type`, `param` and `code`, in characters. */
const LONGEST_FIELD = 100;

function jsonIn(text: string): Record<string, unknown> | undefined {
  try {
    const { error = null, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : { error, ...rest };
  } catch {
    return undefined;
  }
}

/** Callers would take these for words about themselves: our key is wrong, or the endpoint is elsewhere. */
const isOurs = (status: number): boolean => status < 400 || status === 401 || status === 407;

/** What an endpoint refused, as callers of this API read it: no private hosts, no secrets, at most a thousand characters. */
export async function refusalOf(response: Response, mask: Mask): Promise<ApiError> {
  const { status } = response;
  const said = jsonIn(await response.text());
  const field = (name: string): string | null =>
    typeof said?.[name] === 'string' ? mask(said[name]).slice(0, LONGEST_FIELD).toWellFormed() : null;
  // They begin with the status, which SDKs write there themselves.
  const words = publicWords(new APIError(status, said, undefined, response.headers), mask).slice(`${status} `.length);
  const headers = publicHeaders(response.headers, mask);
  if (isOurs(status)) {
    return new ApiError({
      status: 502,
      type: 'server_error',
      message: `The model endpoint refused this server (${status}): ${words}`,
      code: 'model_endpoint_refused',
      retryable: false,
      headers,
    });
  }
  return new ApiError({
    status,
    type: field('type') ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
    message: words,
    param: field('param'),
    code: field('code'),
    headers,
  });
}
