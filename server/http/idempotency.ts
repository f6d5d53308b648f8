import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { apiErrors } from '../../domain/api-errors.ts';
import type { Idempotency } from '../../store/database/context.ts';

const MAX_LENGTH = 255;

/** Sorts object keys, so that equal bodies have the same hash regardless of the key order. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The request's Idempotency-Key, if present. A key is valid for one path. @throws {ApiError} 400 if it is too long */
export function idempotencyOf(request: FastifyRequest): Idempotency | undefined {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') return undefined;
  if (key.length > MAX_LENGTH) {
    throw apiErrors.invalidParameter(
      `Invalid 'Idempotency-Key': expected at most ${MAX_LENGTH} characters, but got ${key.length}.`,
      'Idempotency-Key',
      'string_above_max_length',
    );
  }
  const bodyHash = createHash('sha256')
    .update(JSON.stringify(request.body ?? null, sortKeys))
    .digest('hex');
  // The decoded path parameters, so that different spellings of the same path are equal.
  const route = `${request.method} ${request.routeOptions.url} ${JSON.stringify(request.params)}`;
  return { route, key, bodyHash };
}
