import proxy from '@fastify/http-proxy';
import Fastify from 'fastify';
import { isForeignRequest, isLoopbackHost } from '../../domain/browser-request.ts';
import { freePort } from '../../programs/free-port.ts';

/** The UI's pages show what users wrote: they must not send any of it to another host, and no other page may frame them. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "frame-ancestors 'none'",
].join('; ');

const header = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

/** Access to Temporal's UI for the user of this machine only. */
export interface UiProxy {
  url: string;
  close(): Promise<void>;
}

/**
 * Temporal's UI answers any Host and requires no keys, so it listens where no page finds it, and this proxy is the only access.
 * The proxy answers loopback names only and refuses requests from other pages. A link on another page may still open the UI.
 */
export async function startUiProxy(wanted: number, upstream: () => string): Promise<UiProxy> {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  app.addHook('onRequest', async ({ headers }, reply) => {
    const { host, origin } = headers;
    const opened = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
    const foreign = isForeignRequest({ host, origin, secFetchSite: header(headers['sec-fetch-site']) }, new Set());
    if (isLoopbackHost(host) && (!foreign || (opened && origin === undefined))) return;
    await reply.code(403).send({ message: 'The Temporal UI is open to pages of its own on this machine only.' });
  });
  app.addHook('onSend', async (_request, reply) => {
    void reply.headers({ 'content-security-policy': CONTENT_SECURITY_POLICY, 'x-content-type-options': 'nosniff' });
  });
  // The UI's address may have changed: Temporal is restarted when it exits.
  await app.register(proxy, { upstream: '', replyOptions: { getUpstream: upstream }, undici: { connections: 20 } });
  const url = await app.listen({ host: '127.0.0.1', port: await freePort(wanted) });
  return { url, close: () => app.close() };
}
