// pure
import { describe, expect, test } from '@jest/globals';
import { classifyHttpFailure } from '../../../domain/http-failure.ts';

const now = new Date('2026-01-01T00:00:00Z');
const classify = (status: number | undefined, headers: Record<string, string> = {}, code?: string) =>
  classifyHttpFailure({ status, headers, code }, now);

describe('classifyHttpFailure', () => {
  test.each([undefined, 408, 409, 429, 500, 502, 503, 504])('%s → retryable', (status) => {
    expect(classify(status)).toEqual({ retryable: true });
  });

  test.each([400, 401, 403, 404, 413, 422])('%s → final', (status) => {
    expect(classify(status)).toEqual({ retryable: false });
  });

  test('429 → retryable after retry-after', () => {
    expect(classify(429, { 'retry-after': '2' })).toEqual({ retryable: true, retryAfterMs: 2_000 });
  });

  test('retry-after-ms goes before retry-after', () => {
    expect(classify(429, { 'retry-after': '2', 'retry-after-ms': '150' }).retryAfterMs).toBe(150);
  });

  test('retry-after as a date counts from now; a date in the past means at once, and 0 too: never 0 itself', () => {
    expect(classify(503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:03 GMT' }).retryAfterMs).toBe(3_000);
    expect(classify(503, { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }).retryAfterMs).toBe(1);
    expect(classify(503, { 'retry-after': '0' }).retryAfterMs).toBe(1);
  });

  test('x-should-retry overrides the status', () => {
    expect(classify(500, { 'x-should-retry': 'false' }).retryable).toBe(false);
    expect(classify(400, { 'x-should-retry': 'true' }).retryable).toBe(true);
  });

  test('429 with insufficient_quota → final: waiting does not help', () => {
    expect(classify(429, {}, 'insufficient_quota').retryable).toBe(false);
  });

  test('a wait of days is cut to an hour', () => {
    expect(classify(429, { 'retry-after': '999999' }).retryAfterMs).toBe(3_600_000);
  });
});
