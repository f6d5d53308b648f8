/** An Assistants v2 endpoint. */
export interface EndpointOptions {
  /** Including `/v1`. */
  baseUrl: string;
  apiKey: string;
  /** Limit for one request, in milliseconds. Default 30,000; long polls get more time automatically. */
  requestTimeoutMs?: number;
}

/** The endpoint options are not valid. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
}
