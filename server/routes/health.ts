import type { FastifyInstance } from 'fastify';

/** What keeps this process from taking runs; empty when nothing does. */
export type Readiness = () => Promise<string[]>;

export function healthRoutes(app: FastifyInstance, readiness: Readiness): void {
  /** The process lives. */
  app.get('/healthz', async () => ({ status: 'ok' }));

  /** Runs can be taken. */
  app.get('/readyz', async (_request, reply) => {
    const problems = await readiness();
    if (problems.length > 0) void reply.code(503);
    return { status: problems.length === 0 ? 'ready' : 'not ready', problems };
  });
}
