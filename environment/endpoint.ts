import { EndpointError, type EndpointOptions } from '../contracts/endpoint-options.ts';

const DEFAULT_BASE_URL = 'http://127.0.0.1:8080/v1';
/** SDKs require a key; a local server without API keys ignores it. */
const NO_KEY = 'none';

const isWebUrl = (text: unknown): boolean =>
  typeof text === 'string' && URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);

/**
 * Returns the given options, with defaults from ASSISTANTS_BASE_URL and ASSISTANTS_API_KEY, or else the local server.
 * @throws {EndpointError} if an option is not valid
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
