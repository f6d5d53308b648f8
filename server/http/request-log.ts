import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Ids of objects that the request created, for the log. */
    about: Record<string, string> | null;
  }
}

/** An answered request, for logs and metrics. */
export interface AnsweredRequest {
  method: string;
  /** The path pattern: `/v1/threads/:thread_id`. */
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
 * Logs one line per request, with the ids in its path and the request id of its response. Headers, query and body are omitted
 * because they may contain secrets. Successful reads are logged as `debug`, because clients poll.
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
