import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { apiErrors } from '../../domain/api-errors.ts';
import { BodyBudget, type BodyBudgetLimits } from './body-budget.ts';
import { JsonScanner } from './json-scanner.ts';
import { readBody } from './read-body.ts';

const MB = 1024 * 1024;
const BUDGET: BodyBudgetLimits = { total: 256 * MB, perKey: 64 * MB };
/** Maximum pause between parts of a body, in milliseconds. */
const IDLE_MS = 10_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Maximum number of members and elements in a body, if the default is too low. */
    mostValues?: number;
  }
  interface FastifyRequest {
    /** Frees the memory budget of the request's body. */
    releaseBody: (() => void) | null;
  }
}

function declaredLength(request: FastifyRequest): number {
  const length = Number(request.headers['content-length'] ?? 0);
  return Number.isFinite(length) ? length : 0;
}

/** The memory budget for the JSON bodies of one server, which all its scopes of JSON routes share. */
export const createBodyBudget = (): BodyBudget => new BodyBudget(BUDGET);

/**
 * Parses the JSON bodies of the routes of this scope. An empty body counts as `{}`, because SDKs create threads and cancel runs
 * without one. Everything else must be JSON.
 */
export function parseJsonBodies(app: FastifyInstance, budget: BodyBudget): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'ignore');
  app.decorateRequest('releaseBody', null);
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: IncomingMessage) => {
    const limit = request.routeOptions.bodyLimit;
    if (declaredLength(request) > limit) throw apiErrors.bodyTooLarge(limit);
    const share = budget.share(request.keyId);
    request.releaseBody = share.release;
    const scanner = new JsonScanner(request.routeOptions.config.mostValues);
    const body = await readBody(payload, {
      limit,
      idleMs: IDLE_MS,
      onChunk(chunk) {
        if (!share.take(chunk.length)) throw apiErrors.tooManyUploads();
        scanner.push(chunk);
      },
    });
    const text = body.toString();
    if (text.trim() === '') return {};
    return new Promise((resolve, reject) => {
      void parse(request, text, (error, value) => (error ? reject(apiErrors.invalidJson()) : resolve(value)));
    });
  });
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && request.method !== 'GET') request.body = {};
  });
  app.addHook('onSend', async (request) => request.releaseBody?.());
  app.addHook('onRequestAbort', async (request) => request.releaseBody?.());
}
