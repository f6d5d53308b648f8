import type { FastifyRequest } from 'fastify';
import { apiErrors, type ApiError } from '../../domain/api-error.ts';

/**
 * The number of the last event that a reader of a stream has, by the header `Last-Event-ID` (HTML standard, Server-Sent
 * Events) or the query parameter `after`; null where neither is given. @throws {ApiError} 400 for what is no number
 */
export function lastEventId(request: FastifyRequest): number | null {
  const { after } = request.query as { after?: string | string[] };
  const given = [request.headers['last-event-id'] ?? after ?? ''].flat().join();
  if (given === '') return null;
  const id = Number(given);
  if (Number.isSafeInteger(id) && /^\d+$/.test(given)) return id;
  throw unknownEvent(given);
}

export function unknownEvent(given: string): ApiError {
  return apiErrors.invalidParameter(
    `Invalid 'Last-Event-ID': expected the number of an event of this run, but got '${given.slice(0, 50)}'.`,
    'Last-Event-ID',
    'invalid_value',
  );
}
