import type { FastifyInstance } from 'fastify';
import { apiErrors } from '../../domain/api-error.ts';
import { isForeignRequest, isLoopbackHost } from '../../domain/browser-request.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * For a server without API keys, which trusts whoever is on this machine: so are the pages that a browser has open there. A
 * Host that is no loopback name is refused on every path, and an unsafe method if a page of a foreign origin sends it. No CORS
 * headers are ever sent, so such a page reads nothing either.
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
