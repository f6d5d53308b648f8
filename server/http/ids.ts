import type { FastifyRequest } from 'fastify';
import { apiErrors } from '../../domain/api-errors.ts';
import { ID, ID_PREFIXES, type ResourceKind } from '../../schemas/ids.ts';

/** Returns an id from the path. @throws {ApiError} 400 for an id of another kind, 404 for an id that no object can have */
export function pathId(request: FastifyRequest, param: string, kind: ResourceKind): string {
  return bodyId(param, kind, (request.params as Record<string, string>)[param] ?? '');
}

/** The ids of a path below a run. @throws {ApiError} as {@link pathId} */
export function runPath(request: FastifyRequest): { threadId: string; runId: string } {
  return { threadId: pathId(request, 'thread_id', 'thread'), runId: pathId(request, 'run_id', 'run') };
}

/** Returns an id from a request body. @throws {ApiError} as {@link pathId} */
export function bodyId(param: string, kind: ResourceKind, id: string): string {
  if (!id.startsWith(ID_PREFIXES[kind])) throw apiErrors.invalidId(param, kind, id);
  if (!ID.test(id)) throw apiErrors.notFound(kind, id);
  return id;
}
