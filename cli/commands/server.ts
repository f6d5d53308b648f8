import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import type { PassThrough } from '../../providers/pass-through/port.ts';
import { clientConverter } from '../../temporal/converters/client-converter.ts';
import { connectNative, temporalTarget } from '../../temporal/native-connection.ts';
import { Closing } from '../../programs/closing.ts';
import { ConfigurationError, readConfig, type Config } from '../../programs/config.ts';
import { startApi } from '../../programs/api.ts';
import { openModel } from '../../programs/model.ts';
import { createLogger } from '../../operations/log.ts';
import { prepareOperation } from '../../operations/operation.ts';
import { readinessOf } from '../../operations/readiness.ts';
import { printLine } from '../print.ts';
import { StartWait } from '../start-wait.ts';
import { openConfiguredStore } from '../../programs/store.ts';
import { untilSignal } from '../until-signal.ts';

/** How long requests and streams may continue after a shutdown was requested, in milliseconds. The default, as for workers. */
const GRACE_MS = 30_000;

/**
 * The endpoint of pass-through requests. Worker processes do the runs, so the settings of this process may have no model
 * endpoint. Pass-through is disabled then, as the scripted model would answer in place of the real one.
 */
async function openPassThrough(config: Config, closing: Closing): Promise<PassThrough | null> {
  if (config.model === null) return null;
  const model = await openModel(config);
  closing.add(() => model.close());
  return model.passThrough;
}

/** `server`: runs the API alone, on Postgres. `worker` processes do the runs. */
export async function server(): Promise<void> {
  const signal = untilSignal();
  const config = readConfig();
  if (config.databaseUrl === undefined) {
    throw new ConfigurationError(
      'The command server needs DATABASE_URL or DATABASE_HOST (Postgres). For everything in one process: durable-assistants dev.',
    );
  }
  const log = createLogger(config, 'info');
  const operation = await prepareOperation(config, log);
  const closing = new Closing();
  await closing.closeAfter(async () => {
    const start = new StartWait(config, signal);
    const store = await start.for('The database', () => openConfiguredStore(config, log, operation.onStatement));
    closing.add(() => store.close());
    const target = temporalTarget(config.temporal.address, config.temporal.apiKey);
    const connection = await start.for('Temporal', () => connectNative(target));
    closing.add(() => connection.close());
    const client = new Client({ connection, namespace: target.namespace, dataConverter: clientConverter });
    const passThrough = await openPassThrough(config, closing);
    const drain = new AbortController();
    const readiness = readinessOf(store, client, () => (drain.signal.aborted ? 'it is draining' : null));
    const metricsUrl = await operation.serve({ store, readiness, closing });
    const api = await startApi({
      config,
      store,
      temporal: { client, address: target.connectionOptions.address },
      log,
      passThrough,
      readiness,
      draining: drain.signal,
      graceMs: config.shutdownGraceMs ?? GRACE_MS,
      ...operation.api,
    });
    // Closed before metrics and health, which remain available while the API shuts down.
    closing.add(() => api.close());
    printLine(`The API is at ${api.url}`);
    if (metricsUrl !== null) printLine(`Metrics are at ${metricsUrl}/metrics`);
    await signal;
    drain.abort();
    if (config.drainDelayMs > 0) {
      printLine(`Not ready any more; answering as before for ${config.drainDelayMs / 1_000} s (DRAIN_DELAY).`);
      await delay(config.drainDelayMs);
    }
    printLine('Ending…');
  });
}
