import type { FastifyRequest } from 'fastify';
import type { ApiError } from '../../domain/api-error.ts';
import { apiErrors } from '../../domain/api-errors.ts';

/** The number of the last event that a stream's reader has received. */
export interface LastEvent {
  id: number;
  /** Where the client sent it, for errors: the header `Last-Event-ID` (HTML standard), or the query parameter `after`. */
  param: 'Last-Event-ID' | 'after';
}

export function unknownEvent({ param, id }: { param: string; id: number | string }): ApiError {
  return apiErrors.invalidParameter(
    `Invalid '${param}': expected the number of an event of this run, but got '${String(id).slice(0, 50)}'.`,
    param,
    'invalid_value',
  );
}

/** The header takes precedence over the parameter; null if neither is present. @throws {ApiError} 400 if it is not a number */
export function lastEventOf(request: FastifyRequest): LastEvent | null {
  const { after = '' } = request.query as { after?: string | string[] };
  const header = [request.headers['last-event-id'] ?? ''].flat().join();
  const [param, given] = header === '' ? (['after', [after].flat().join()] as const) : (['Last-Event-ID', header] as const);
  if (given === '') return null;
  const id = Number(given);
  if (Number.isSafeInteger(id) && /^\d+$/.test(given)) return { id, param };
  throw unknownEvent({ param, id: given });
}

/**
 * Like {@link lastEventOf}, for a request that has effects. A number above 0 claims that the request was sent before, which only
 * an Idempotency-Key can prove.
 * @throws {ApiError} 400
 */
export function lastEventOfCommand(request: FastifyRequest): LastEvent | null {
  const last = lastEventOf(request);
  if (last !== null && last.id > 0 && request.headers['idempotency-key'] === undefined) {
    throw apiErrors.invalidParameter(
      `Invalid '${last.param}': without the Idempotency-Key of its first time this request would have its effects again. Read 'GET /v1/threads/{thread_id}/runs/{run_id}/events' instead.`,
      last.param,
      'missing_idempotency_key',
    );
  }
  return last;
}
