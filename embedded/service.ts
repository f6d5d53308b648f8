import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { ToolObserver } from '../activities/tools/tool-observer.ts';
import { TemporalUnreachableError } from '../temporal/unreachable.ts';
import type { Store } from '../store/database/open.ts';
import { clientConverter } from '../temporal/converters/client-converter.ts';
import { workflowBundle } from '../workers/bundle.ts';
import { connectNative, temporalTarget } from '../temporal/native-connection.ts';
import { ConfigurationError, type Config } from '../programs/config.ts';
import { startApi } from '../programs/api.ts';
import { createLogger } from '../operations/log.ts';
import { prepareOperation, type Operation } from '../operations/operation.ts';
import { readinessOf } from '../operations/readiness.ts';
import { startServerWorker } from '../programs/server-worker.ts';
import { openModel, type ConfiguredModel } from '../programs/model.ts';
import { openConfiguredStore } from '../programs/store.ts';
import { startTemporal, type EmbeddedTemporal } from './temporal-server.ts';
import { SERVICE_FILE, type RunningService } from '../programs/service-file.ts';
import { Closing } from '../programs/closing.ts';

/** The whole service in one process: API, worker, database, and Temporal as a child. */
export interface EmbeddedService {
  /** With `/v1`. */
  readonly apiUrl: string;
  readonly temporalAddress: string;
  readonly uiUrl: string | null;
  /** Null if METRICS_PORT is not set. */
  readonly metricsUrl: string | null;
  /** Pass it to a tool worker in this process, so that its tool calls are counted too. */
  readonly toolObserver?: ToolObserver;
  readonly model: { description: string; scripted: boolean };
  /** Settles with the cause when the service cannot continue. */
  readonly failed: Promise<Error>;
  /** Stops everything in order, child processes included. */
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  config: Config;
  /** Called with lines of text for people about what the start does. */
  say?: (line: string) => void;
}

/** The grace time of work and streams, in milliseconds: short, as it is a developer who presses Ctrl-C. */
const GRACE_MS = 2_000;

function givenTemporalDoesNotAnswer(address: string): ConfigurationError {
  return new ConfigurationError(
    `TEMPORAL_ADDRESS=${address} is set, so no Temporal is started here, and none answers there. Unset it, or start that one.`,
  );
}

interface PartsOptions {
  config: Config;
  log: Logger;
  say: (line: string) => void;
  closing: Closing;
  operation: Operation;
}

interface Parts {
  store: Store;
  temporal: EmbeddedTemporal;
  model: ConfiguredModel;
}

/** Starts independent parts concurrently. If one fails, the caller closes the others through `closing`. */
async function startParts({ config, log, say, closing, operation }: PartsOptions): Promise<Parts> {
  const store = openConfiguredStore(config, log, operation.onStatement).then((opened) =>
    closing.track(opened, () => opened.close()),
  );
  // The lock on the directory comes first: two services must not share one Temporal database.
  const temporal = store
    .then(() => startTemporal(config, log, say))
    .then((started) => closing.track(started, () => started.stop()));
  const model = openModel(config).then((opened) => closing.track(opened, () => opened.close()));
  void workflowBundle().catch(() => undefined);
  await Promise.allSettled([store, temporal, model]);
  return { store: await store, temporal: await temporal, model: await model };
}

/**
 * Starts the embedded service and waits until it accepts runs.
 * @throws {DirectoryInUseError}, {TemporalNotFoundError}, {TemporalStartError}, {ConfigurationError}
 */
export async function startService({ config, say = () => {} }: EmbeddedOptions): Promise<EmbeddedService> {
  const log = createLogger(config, 'warn');
  const graceMs = config.shutdownGraceMs ?? GRACE_MS;
  const closing = new Closing();
  try {
    const operation = await prepareOperation(config, log);
    const { store, temporal, model } = await startParts({ config, log, say, closing, operation });
    const target = temporalTarget(temporal.address, config.temporal.apiKey);
    const connection = await connectNative(target).catch((error: unknown) => {
      const { address } = config.temporal;
      throw address !== undefined && error instanceof TemporalUnreachableError ? givenTemporalDoesNotAnswer(address) : error;
    });
    closing.add(() => connection.close());
    const client = new Client({ connection, namespace: target.namespace, dataConverter: clientConverter });
    const worker = await startServerWorker({
      config,
      store,
      model: model.provider,
      connection,
      namespace: target.namespace,
      observer: operation.turns,
      graceMs,
    });
    closing.add(() => worker.close());
    const readiness = readinessOf(store, client, () => worker.problem);
    const metricsUrl = await operation.serve({ store, readiness, closing });
    const api = await startApi({
      config,
      store,
      temporal: { client, address: temporal.address, uiUrl: temporal.uiUrl, eagerStart: true },
      log,
      passThrough: model.passThrough,
      readiness,
      graceMs,
      ...operation.api,
    });
    closing.add(async () => {
      // Both at the same time: a stream lasts as long as its run is worked on, so the grace times must not add up.
      worker.shutdown();
      await api.close();
    });
    const place: RunningService = { pid: process.pid, apiUrl: api.url, temporalAddress: temporal.address, uiUrl: temporal.uiUrl };
    const file = join(config.dataDir, SERVICE_FILE);
    await writeFile(file, JSON.stringify(place));
    closing.add(() => rm(file, { force: true }));
    return {
      ...place,
      model,
      metricsUrl,
      ...(operation.tools && { toolObserver: operation.tools }),
      failed: temporal.lost,
      close: () => closing.close(),
    };
  } catch (error) {
    // An error of `close` matters less than the error that made it necessary.
    await closing.close().catch(() => undefined);
    throw error;
  }
}
