import type { FastifyInstance } from 'fastify';
import { apiErrors } from '../../domain/api-error.ts';

/** An empty body counts as `{}`: SDKs create threads and cancel runs without one. Everything else must be JSON. */
export function parseJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'ignore');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (text.trim() === '') {
      done(null, {});
      return;
    }
    void parse(request, text, (error, value) => done(error ? apiErrors.invalidJson() : null, value));
  });
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && request.method !== 'GET') request.body = {};
  });
}
