import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../store/database/clock/clock.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route passes requests on to the model endpoint. */
    passedOn?: boolean;
  }
}

/** A request id as the API writes it. */
export const newRequestId = (): string => `req_${randomUUID().replaceAll('-', '')}`;

/** Headers on every response of the hosted API [recorded]; the value of `openai-organization` is our own. */
export function answerHeaders(app: FastifyInstance, clock: Clock): void {
  app.addHook('onSend', async (request, reply) => {
    // A request id of the model endpoint takes precedence over ours; our log has both.
    if (!reply.hasHeader('x-request-id')) void reply.header('x-request-id', request.id);
    void reply.headers({
      'openai-version': '2020-10-01',
      'openai-organization': 'durable-assistants',
      'openai-project': request.projectId,
      'openai-processing-ms': String(Math.round(reply.elapsedTime)),
      // From the clock that timestamps in responses use, so that callers can calculate how much time a run has left.
      date: clock.now().toUTCString(),
      // Our own: browsers must not cache a response or guess another content type.
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    // Our own: returned so that clients know that repeating the request is harmless. Pass-through requests are executed again.
    const key = request.headers['idempotency-key'];
    if (typeof key === 'string' && !request.routeOptions.config.passedOn) void reply.header('idempotency-key', key);
  });
}
