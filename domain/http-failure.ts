/** The failure of an HTTP request: an answer with a status, no answer in time, or no connection. */
export interface HttpFailure {
  /** Undefined when no answer came. */
  status: number | undefined;
  /** Lower-case header names. */
  headers: Readonly<Record<string, string>>;
  /** The provider's own error code, e.g. `insufficient_quota`. */
  code?: string | null | undefined;
}

export interface FailureClass {
  retryable: boolean;
  /** How long the endpoint asked to wait, in milliseconds; absent if it did not say. */
  retryAfterMs?: number;
}

/** A 429 with one of these codes does not go away by waiting. */
const FINAL_CODES = new Set(['insufficient_quota', 'billing_hard_limit_reached']);

/** The longest wait that is honoured, in milliseconds: one hour. Longer ones are shortened to it. */
const LONGEST_WAIT_MS = 3_600_000;
/** The shortest wait, in milliseconds: an endpoint may ask for 0, but Temporal takes a delay of 0 as no further attempt. */
const SHORTEST_WAIT_MS = 1;

function retryAfter(headers: Readonly<Record<string, string>>, now: Date): number | undefined {
  const milliseconds = Number(headers['retry-after-ms']);
  if (headers['retry-after-ms'] !== undefined && Number.isFinite(milliseconds)) return milliseconds;
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date - now.getTime();
}

/**
 * Whether to retry a request, by the rules of the official SDKs: no answer, 408, 409, 429 and 5xx are retried, other answers
 * are final. `x-should-retry` overrides both; `retry-after-ms` takes precedence over `retry-after`.
 */
export function classifyHttpFailure(failure: HttpFailure, now: Date): FailureClass {
  const { status, headers } = failure;
  const shouldRetry = headers['x-should-retry'];
  const byStatus = status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
  const retryable =
    shouldRetry === 'true' || (shouldRetry !== 'false' && byStatus && !(failure.code && FINAL_CODES.has(failure.code)));
  const wait = retryAfter(headers, now);
  if (!retryable || wait === undefined) return { retryable };
  return { retryable, retryAfterMs: Math.min(Math.max(wait, SHORTEST_WAIT_MS), LONGEST_WAIT_MS) };
}
