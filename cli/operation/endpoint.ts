import Fastify from 'fastify';
import { isLoopbackHost } from '../../domain/browser-request.ts';
import { healthRoutes, type Readiness } from '../../server/routes/health.ts';
import type { Metrics } from './metrics.ts';
import { ConfigurationError } from '../config.ts';

export interface OperationEndpointOptions {
  host: string;
  port: number;
  metrics: Metrics;
  /** Where Temporal's SDK serves its own metrics in this process; null: it does not. */
  temporalMetricsUrl: string | null;
  /** What keeps the process from its work; empty when nothing does. */
  readiness: Readiness;
}

/** A scrape waits that long for the SDK's part, in milliseconds. */
const TEMPORAL_TIMEOUT_MS = 2_000;

async function temporalMetrics(url: string | null): Promise<string> {
  if (url === null) return '';
  const answer = await fetch(url, { signal: AbortSignal.timeout(TEMPORAL_TIMEOUT_MS) }).catch(() => null);
  return answer?.ok ? answer.text() : '';
}

/**
 * For those who run the process, on a port of its own: `/metrics` (ours, Node's and Temporal's), `/healthz` (it lives),
 * `/readyz` (it can work). Gives the URL and the way to close it.
 */
export async function startOperationEndpoint(
  options: OperationEndpointOptions,
): Promise<{ url: string; close: () => Promise<void> }> {
  const { metrics, readiness } = options;
  const app = Fastify({ logger: false, forceCloseConnections: true });
  // Reachable for others it is theirs to protect; on loopback a web page might point a name of its own here.
  if (isLoopbackHost(options.host)) {
    app.addHook('onRequest', async ({ headers }, reply) => {
      if (!isLoopbackHost(headers.host)) await reply.code(403).send({ message: 'Only loopback names are answered here.' });
    });
  }
  app.get('/metrics', async (_request, reply) => {
    const [own, theirs] = await Promise.all([metrics.registry.metrics(), temporalMetrics(options.temporalMetricsUrl)]);
    return reply.type(metrics.registry.contentType).send(`${own}\n${theirs}`);
  });
  healthRoutes(app, readiness);
  try {
    return { url: await app.listen({ host: options.host, port: options.port }), close: () => app.close() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new ConfigurationError(`METRICS_PORT=${options.port} is taken on ${options.host}. Set METRICS_PORT to another one.`);
  }
}
