import type { FastifyInstance } from 'fastify';

/** Returns the URL of the page of a run's workflow; null if the URL is not known. */
export type InspectUrl = (runId: string) => string | null;

/**
 * Adds a header with the inspection URL to responses about a run, for people who read headers in their logs. Our own, and opt-in.
 */
export function inspectLinks(app: FastifyInstance, urlOf: InspectUrl): void {
  app.addHook('onSend', async (request, reply) => {
    const runId = request.about?.['run_id'] ?? (request.params as Record<string, string> | undefined)?.['run_id'];
    const url = runId !== undefined && reply.statusCode < 400 ? urlOf(runId) : null;
    if (url !== null) void reply.header('durable-assistants-inspect', url);
  });
}
