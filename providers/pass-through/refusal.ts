import { APIError } from 'openai';
import { ApiError } from '../../domain/api-error.ts';
import { publicMessage } from '../model/public-message.ts';
import { publicHeaders } from './public-headers.ts';

type Mask = (text: string) => string;

/** Maximum length of `type`, `param` and `code`, in characters. */
const MAX_FIELD_LENGTH = 100;

function jsonIn(text: string): Record<string, unknown> | undefined {
  try {
    const { error = null, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : { error, ...rest };
  } catch {
    return undefined;
  }
}

/**
 * Statuses that concern this server, not the caller: our key is wrong, or the endpoint has moved. A caller would misunderstand
 * them.
 */
const concernsServer = (status: number): boolean => status < 400 || status === 401 || status === 407;

/** Converts an endpoint's refusal to an error of this API: no private hosts, no secrets, at most a thousand characters. */
export async function refusalOf(response: Response, mask: Mask): Promise<ApiError> {
  const { status } = response;
  const body = jsonIn(await response.text());
  const field = (name: string): string | null =>
    typeof body?.[name] === 'string' ? mask(body[name]).slice(0, MAX_FIELD_LENGTH).toWellFormed() : null;
  // The message begins with the status; SDKs add the status themselves.
  const words = publicMessage(new APIError(status, body, undefined, response.headers), mask).slice(`${status} `.length);
  const headers = publicHeaders(response.headers, mask);
  if (concernsServer(status)) {
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
