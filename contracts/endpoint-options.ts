/** An Assistants v2 endpoint. */
export interface EndpointOptions {
  /** With `/v1`. */
  baseUrl: string;
  apiKey: string;
  /** How long one request may take, in milliseconds. Default 30,000; held ones get more by themselves. */
  requestTimeoutMs?: number;
}

/** What was given as an endpoint is none. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
}

const DEFAULT_BASE_URL = 'http://127.0.0.1:8080/v1';
/** SDKs want one; a local server without keys does not look at it. */
const NO_KEY = 'none';

const isWebUrl = (text: unknown): boolean =>
  typeof text === 'string' && URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);

/**
 * What was given, else ASSISTANTS_BASE_URL and ASSISTANTS_API_KEY, else the local server.
 * @throws {EndpointError}
 */
export function endpointFrom(given: Partial<EndpointOptions> = {}): EndpointOptions {
  const baseUrl = given.baseUrl ?? process.env['ASSISTANTS_BASE_URL'] ?? DEFAULT_BASE_URL;
  const apiKey = given.apiKey ?? process.env['ASSISTANTS_API_KEY'] ?? NO_KEY;
  const { requestTimeoutMs } = given;
  if (!isWebUrl(baseUrl)) {
    throw new EndpointError(
      `The endpoint ${JSON.stringify(baseUrl)} is no URL. Say where the API is, like ${DEFAULT_BASE_URL}, as baseUrl or ASSISTANTS_BASE_URL.`,
    );
  }
  if (typeof apiKey !== 'string') throw new EndpointError('The endpoint’s apiKey must be text.');
  if (requestTimeoutMs !== undefined && !(Number.isFinite(requestTimeoutMs) && requestTimeoutMs > 0)) {
    throw new EndpointError('The endpoint’s requestTimeoutMs must be a number of milliseconds above 0.');
  }
  return { baseUrl, apiKey, ...(requestTimeoutMs !== undefined && { requestTimeoutMs }) };
}
