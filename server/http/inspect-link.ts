import type { FastifyInstance } from 'fastify';

/** Gives the page of a run's workflow; null if it is not known where that is. */
export type InspectUrl = (runId: string) => string | null;

/** Answers about one run say where it can be looked at, for people who see the header in their logs. Ours, and opt-in. */
export function inspectLinks(app: FastifyInstance, urlOf: InspectUrl): void {
  app.addHook('onSend', async (request, reply) => {
    const runId = request.about?.['run_id'] ?? (request.params as Record<string, string> | undefined)?.['run_id'];
    const url = runId !== undefined && reply.statusCode < 400 ? urlOf(runId) : null;
    if (url !== null) void reply.header('durable-assistants-inspect', url);
  });
}
