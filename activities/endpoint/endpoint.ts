import { createHash } from 'node:crypto';
import OpenAI, { type APIPromise } from 'openai';
import type { EndpointOptions } from '../../contracts/endpoint-options.ts';
import { failureTypes } from '../../contracts/failures.ts';
import { sendRequest } from './failure.ts';

/** Timeout of a request, in milliseconds. Long polls set their own. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * A header holds printable ASCII, and our server accepts 255 characters. A workflow's id may be anything, so other keys are
 * hashed.
 */
function asHeader(key: string): string {
  return /^[\x20-\x7e]{1,255}$/.test(key) ? key : createHash('sha256').update(key).digest('hex');
}

/** The Assistants v2 endpoint, and what is known about it. */
export class Endpoint {
  /** A client that never retries a request by itself. Temporal does, where the retries are visible. */
  readonly client: OpenAI;
  /** Undefined before the first answer to a request with a key. */
  #honoursKeys: boolean | undefined;
  /** Whether it supports long polls (`Prefer: wait`). Undefined before its first answer to one. */
  supportsLongPolls: boolean | undefined;
  readonly requestTimeoutMs: number;

  constructor({ baseUrl, apiKey, requestTimeoutMs = REQUEST_TIMEOUT_MS }: EndpointOptions) {
    this.requestTimeoutMs = requestTimeoutMs;
    this.client = new OpenAI({ baseURL: baseUrl, apiKey, maxRetries: 0, timeout: requestTimeoutMs });
  }

  /**
   * Sends a request with the header that makes its repetition harmless, if the endpoint honours it. The SDK's own
   * `idempotencyKey` option does nothing for this API.
   */
  async requestWithKey<T>(key: string, request: (options: { headers: Record<string, string> }) => APIPromise<T>): Promise<T> {
    const header = asHeader(key);
    const { data, response } = await request({ headers: { 'Idempotency-Key': header } }).withResponse();
    this.#honoursKeys = response.headers.get('idempotency-key') === header;
    return data;
  }

  /**
   * Whether it honours Idempotency-Keys, which it shows by sending them back. Checked once, with a request that changes
   * nothing.
   */
  async honoursKeys(assistantId: string): Promise<boolean> {
    if (this.#honoursKeys === undefined) {
      await sendRequest(
        'Asking for the assistant',
        () => this.requestWithKey('probe', (options) => this.client.beta.assistants.retrieve(assistantId, options)),
        failureTypes.invalidInput,
      );
    }
    return this.#honoursKeys === true;
  }

  /**
   * Whether the endpoint is not known to honour keys. If so, a request that may have been executed must be searched for before
   * it is repeated.
   */
  get lacksIdempotency(): boolean {
    return this.#honoursKeys !== true;
  }
}
