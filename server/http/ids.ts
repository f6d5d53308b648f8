import type { FastifyRequest } from 'fastify';
import { apiErrors, type ResourceKind } from '../../domain/api-errors.ts';
import { ID } from '../../schemas/list.ts';

const PREFIXES: Record<ResourceKind, string> = { assistant: 'asst', thread: 'thread', message: 'msg', run: 'run', step: 'step' };

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
  if (!id.startsWith(PREFIXES[kind])) throw apiErrors.invalidId(param, kind, id);
  if (!ID.test(id)) throw apiErrors.notFound(kind, id);
  return id;
}
