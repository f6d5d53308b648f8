import type { FastifyInstance } from 'fastify';

/** The reasons why this process cannot accept runs; empty if there are none. */
export type Readiness = () => Promise<string[]>;

export function healthRoutes(app: FastifyInstance, readiness: Readiness): void {
  /** Liveness: the process is up. */
  app.get('/healthz', async () => ({ status: 'ok' }));

  /** Readiness: the process can accept runs. */
  app.get('/readyz', async (_request, reply) => {
    const problems = await readiness();
    if (problems.length > 0) void reply.code(503);
    return { status: problems.length === 0 ? 'ready' : 'not ready', problems };
  });
}
