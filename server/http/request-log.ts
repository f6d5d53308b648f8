import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Ids of what the request has made, for the log. */
    about: Record<string, string> | null;
  }
}

/** A request that was answered, as logs and metrics tell of it. */
export interface AnsweredRequest {
  method: string;
  /** As a pattern: `/v1/threads/:thread_id`. */
  route: string;
  status: number;
  milliseconds: number;
}

function idsOf(request: FastifyRequest): Record<string, string> {
  return {
    ...(request.projectId && { project_id: request.projectId }),
    ...(request.params as Record<string, string> | undefined),
    ...request.about,
  };
}

/**
 * A line per request, with the ids in its path and the request id that its answer carried; no header, query or body, where
 * secrets could stand. Reads that went well are `debug`: programs poll.
 */
export function logRequests(app: FastifyInstance, onRequest: ((request: AnsweredRequest) => void) | undefined): void {
  app.addHook('onResponse', async (request, reply) => {
    const answered: AnsweredRequest = {
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    };
    onRequest?.(answered);
    const { milliseconds, ...rest } = answered;
    const fields = { ...rest, ms: milliseconds, ...idsOf(request) };
    if (reply.statusCode >= 500) request.log.error(fields, 'answered');
    else if (request.method === 'GET' && reply.statusCode < 400) request.log.debug(fields, 'answered');
    else request.log.info(fields, 'answered');
  });
}
