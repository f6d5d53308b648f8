import type { FastifyInstance } from 'fastify';
import { apiErrors } from '../../domain/api-errors.ts';
import { isForeignRequest, isLoopbackHost } from '../../domain/browser-request.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * For a server without API keys, which trusts every request from this machine, although web pages in a local browser can send
 * some. Refuses a Host that is not a loopback name on every path, and unsafe methods sent by a page of a foreign origin. CORS
 * headers are never sent, so such a page cannot read responses either.
 */
export function refuseForeignPages(app: FastifyInstance, allowedOrigins: ReadonlySet<string>): void {
  app.addHook('onRequest', async ({ method, headers }) => {
    const { host, origin, 'sec-fetch-site': site } = headers;
    if (!isLoopbackHost(host)) throw apiErrors.forbiddenHost(host ?? '');
    if (SAFE_METHODS.has(method)) return;
    const secFetchSite = typeof site === 'string' ? site : undefined;
    if (isForeignRequest({ host, origin, secFetchSite }, allowedOrigins)) throw apiErrors.foreignOrigin(origin ?? 'unknown');
  });
}
