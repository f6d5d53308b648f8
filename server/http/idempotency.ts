import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { apiErrors } from '../../domain/api-error.ts';
import type { Idempotency } from '../../store/context.ts';

const MAX_LENGTH = 255;

/** The same body has the same hash, in whatever order a client writes its keys. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The request's Idempotency-Key, if it has one. Keys are for one path each. @throws {ApiError} 400 for one too long */
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
    .update(JSON.stringify(request.body ?? null, inOrder))
    .digest('hex');
  // As it was understood, not as it was spelt.
  const route = `${request.method} ${request.routeOptions.url} ${JSON.stringify(request.params)}`;
  return { route, key, bodyHash };
}
