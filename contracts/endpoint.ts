/** An Assistants v2 endpoint. */
export interface EndpointOptions {
  /** With `/v1`. */
  baseUrl: string;
  apiKey: string;
  /** How long one request may take, in milliseconds. Default 30,000; held ones get more by themselves. */
  requestTimeoutMs?: number;
}

const DEFAULT_BASE_URL = 'http://127.0.0.1:8080/v1';
/** SDKs want one; a local server without keys does not look at it. */
const NO_KEY = 'none';

/** What was given, else ASSISTANTS_BASE_URL and ASSISTANTS_API_KEY, else the local server. */
export function endpointFrom(given: Partial<EndpointOptions> = {}): EndpointOptions {
  return {
    baseUrl: given.baseUrl ?? process.env['ASSISTANTS_BASE_URL'] ?? DEFAULT_BASE_URL,
    apiKey: given.apiKey ?? process.env['ASSISTANTS_API_KEY'] ?? NO_KEY,
    ...(given.requestTimeoutMs !== undefined && { requestTimeoutMs: given.requestTimeoutMs }),
  };
}
