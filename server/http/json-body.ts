import type { FastifyInstance } from 'fastify';
import { apiErrors } from '../../domain/api-error.ts';

/** Levels of objects and arrays in each other; writing deeper ones back as JSON would exhaust the stack. */
const DEEPEST = 200;

function isDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return false;
}

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
    void parse(request, text, (error, value) => {
      if (error) done(apiErrors.invalidJson());
      else if (isDeeperThan(value, DEEPEST)) done(apiErrors.tooDeep(DEEPEST));
      else done(null, value);
    });
  });
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && request.method !== 'GET') request.body = {};
  });
}
