import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../store/clock/clock.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route passes requests on to the model's endpoint. */
    passedOn?: boolean;
  }
}

/** A request id as the API writes it. */
export const newRequestId = (): string => `req_${randomUUID().replaceAll('-', '')}`;

/** Headers on every answer of the hosted API [recorded]; the organization is ours. */
export function answerHeaders(app: FastifyInstance, clock: Clock): void {
  app.addHook('onSend', async (request, reply) => {
    // That of a model's endpoint goes before ours, whose log has both.
    if (!reply.hasHeader('x-request-id')) void reply.header('x-request-id', request.id);
    void reply.headers({
      'openai-version': '2020-10-01',
      'openai-organization': 'durable-assistants',
      'openai-project': request.projectId,
      'openai-processing-ms': String(Math.round(reply.elapsedTime)),
      // By the clock that the times in answers are by, so that callers can tell how long a run has.
      date: clock.now().toUTCString(),
      // Ours: no browser keeps an answer, or takes it for anything but what it says it is.
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    // Ours: sent back, so that clients know that a repetition is harmless here. What is passed on is done again.
    const key = request.headers['idempotency-key'];
    if (typeof key === 'string' && !request.routeOptions.config.passedOn) void reply.header('idempotency-key', key);
  });
}
