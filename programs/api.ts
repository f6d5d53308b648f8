import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { PassThrough } from '../providers/pass-through/port.ts';
import { createServer, type ServerOptions } from '../server/app.ts';
import { temporalWorkflows } from '../server/temporal-workflows.ts';
import type { Store } from '../store/database/open.ts';
import { inspectUrl, uiBase } from '../temporal/inspect-url.ts';
import { ConfigurationError, type Config } from './config.ts';
import { version } from './version.ts';

/** Where the workflows are and can be looked at. */
export interface ApiTemporal {
  client: Client;
  address: string | undefined;
  /** Default: TEMPORAL_UI_URL, else what is usual for the address. */
  uiUrl?: string | null;
  /** For a worker in this process, on the same connection: runs start without a hop. */
  eagerStart?: boolean;
}

export interface ApiParts extends Pick<ServerOptions, 'readiness' | 'onRequest' | 'onStream' | 'draining'> {
  config: Config;
  store: Store;
  temporal: ApiTemporal;
  log: Logger;
  /** Null: pass-through requests are refused. */
  passThrough: PassThrough | null;
  /** How long requests and streams may continue after the API begins to close, in milliseconds. */
  graceMs: number;
}

/** The API, listening. */
export interface RunningApi {
  /** With `/v1`. */
  url: string;
  close(): Promise<void>;
}

/** INSPECT_LINKS as an option of the server: the URLs of its runs in the Temporal UI. */
function inspectOption(config: Config, { client, address, uiUrl }: ApiTemporal): Pick<ServerOptions, 'inspectUrl'> {
  if (!config.inspectLinks) return {};
  const base = uiBase({ uiUrl: process.env['TEMPORAL_UI_URL'] ?? uiUrl ?? undefined, address });
  return { inspectUrl: (runId) => inspectUrl(base, client.options.namespace, runId) };
}

/** Starts the program that serves the API. @throws {ConfigurationError} if the port is taken */
export async function startApi({ config, temporal, graceMs, ...parts }: ApiParts): Promise<RunningApi> {
  const app = await createServer({
    ...parts,
    workflows: temporalWorkflows(temporal.client, { eagerStart: temporal.eagerStart ?? false }),
    apiKeys: config.apiKeys,
    allowedOrigins: new Set(config.allowedOrigins),
    refusePrivateImages: config.refusePrivateImages,
    runTimes: { expiresAfterMs: config.runExpiresAfterMs },
    version,
    closeGraceMs: graceMs,
    ...inspectOption(config, temporal),
  });
  const { host, port } = config;
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new ConfigurationError(`PORT=${port} is taken on ${host}. Set PORT to another one, or to 0 for any.`);
  }
  const address = app.server.address() as AddressInfo;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}/v1`, close: () => app.close() };
}
