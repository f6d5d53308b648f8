import Fastify from 'fastify';
import { isLoopbackHost } from '../domain/browser-request.ts';
import { healthRoutes, type Readiness } from '../server/routes/health.ts';
import type { Metrics } from './metrics.ts';
import { ConfigurationError } from '../programs/config.ts';

export interface OperationEndpointOptions {
  host: string;
  port: number;
  metrics: Metrics;
  /** Where Temporal's SDK serves its own metrics in this process; null if it does not. */
  temporalMetricsUrl: string | null;
  /** Returns what prevents the process from working; empty if nothing does. */
  readiness: Readiness;
}

/** How long a scrape waits for the metrics of the SDK, in milliseconds. */
const TEMPORAL_TIMEOUT_MS = 2_000;

async function temporalMetrics(url: string | null): Promise<string> {
  if (url === null) return '';
  const response = await fetch(url, { signal: AbortSignal.timeout(TEMPORAL_TIMEOUT_MS) }).catch(() => null);
  return response?.ok ? response.text() : '';
}

/**
 * Serves operators on a port of its own: `/metrics` (ours, Node's and those of Temporal's SDK), `/healthz` (the process is
 * alive), `/readyz` (the process can work). Returns the URL and a function that closes the port.
 */
export async function startOperationEndpoint(
  options: OperationEndpointOptions,
): Promise<{ url: string; close: () => Promise<void> }> {
  const { metrics, readiness } = options;
  const app = Fastify({ logger: false, forceCloseConnections: true });
  // On loopback a web page could make a name of its own point here. On other hosts the operator must protect the port.
  if (isLoopbackHost(options.host)) {
    app.addHook('onRequest', async ({ headers }, reply) => {
      if (!isLoopbackHost(headers.host)) await reply.code(403).send({ message: 'Only loopback names are answered here.' });
    });
  }
  app.get('/metrics', async (_request, reply) => {
    const [own, temporal] = await Promise.all([metrics.registry.metrics(), temporalMetrics(options.temporalMetricsUrl)]);
    return reply.type(metrics.registry.contentType).send(`${own}\n${temporal}`);
  });
  healthRoutes(app, readiness);
  try {
    return { url: await app.listen({ host: options.host, port: options.port }), close: () => app.close() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new ConfigurationError(`METRICS_PORT=${options.port} is taken on ${options.host}. Set METRICS_PORT to another one.`);
  }
}
