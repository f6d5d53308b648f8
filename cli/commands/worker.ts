import { Client } from '@temporalio/client';
import { taskQueues } from '../../contracts/task-queues.ts';
import { clientConverter } from '../../temporal/converters/client-converter.ts';
import { connectNative, temporalTarget } from '../../temporal/native-connection.ts';
import { Closing } from '../../programs/closing.ts';
import { readConfig } from '../../programs/config.ts';
import { findService } from '../../programs/service-file.ts';
import { loadTools } from '../load-tools.ts';
import { createLogger } from '../../operations/log.ts';
import { prepareOperation } from '../../operations/operation.ts';
import { readinessOf } from '../../operations/readiness.ts';
import { openModel } from '../../programs/model.ts';
import { startOrchestratorWorker } from '../../programs/orchestrator-worker.ts';
import type { RunningWorker } from '../../programs/running-worker.ts';
import { startServerWorker } from '../../programs/server-worker.ts';
import { printLine } from '../print.ts';
import { StartWait } from '../start-wait.ts';
import { openConfiguredStore } from '../../programs/store.ts';
import { untilSignal } from '../until-signal.ts';

export interface WorkerCommandOptions {
  tools?: string;
}

const NO_DATABASE_MESSAGE = 'No database is set: the runs of a server are not done here, only orchestrated ones.';

/**
 * `worker`: with a database it executes the server's runs. With `--tools`, or if there is no database, it executes orchestrated
 * runs and their tools. Given both, it does both. Runs until a signal.
 */
export async function worker(options: WorkerCommandOptions): Promise<void> {
  const signal = untilSignal();
  const config = readConfig();
  const tools = options.tools === undefined ? [] : await loadTools(options.tools);
  const log = createLogger(config, 'info');
  const operation = await prepareOperation(config, log);
  const closing = new Closing();
  const running: RunningWorker[] = [];
  const track = (worker: RunningWorker): void => void running.push(closing.track(worker, () => worker.close()));
  const graceMs = config.shutdownGraceMs;
  await closing.closeAfter(async () => {
    const service = config.databaseUrl === undefined ? await findService(config.dataDir) : null;
    const target = temporalTarget(config.temporal.address ?? service?.temporalAddress, config.temporal.apiKey);
    const start = new StartWait(config, signal);
    const connection = await start.for('Temporal', () => connectNative(target));
    closing.add(() => connection.close());
    const { namespace } = target;
    const store =
      config.databaseUrl === undefined
        ? null
        : await start.for('The database', () => openConfiguredStore(config, log, operation.onStatement));
    if (store) closing.add(() => store.close());
    const client = new Client({ connection, namespace, dataConverter: clientConverter });
    let ending = false;
    const problem = (): string | null => running.map((worker) => worker.problem).find((found) => found !== null) ?? null;
    const readiness = readinessOf(store, client, () => (ending ? 'it is ending' : problem()));
    const metricsUrl = await operation.serve({ store, readiness, closing });
    if (metricsUrl !== null) printLine(`Metrics are at ${metricsUrl}/metrics`);
    if (store) {
      const model = await openModel(config);
      closing.add(() => model.close());
      const { turns: observer } = operation;
      track(await startServerWorker({ config, store, model: model.provider, connection, namespace, observer, graceMs }));
      printLine(`Doing runs from ${taskQueues.runs}; model: ${model.description}`);
    } else {
      printLine(NO_DATABASE_MESSAGE);
    }
    if (options.tools !== undefined || store === null) {
      const { baseUrl = service?.apiUrl, apiKey } = config.assistants;
      const endpoint = { ...(baseUrl !== undefined && { baseUrl }), ...(apiKey !== undefined && { apiKey }) };
      const { tools: observer } = operation;
      track(await startOrchestratorWorker({ tools, endpoint, connection, namespace, observer, graceMs }));
      printLine(
        `Orchestrating from ${taskQueues.orchestrator}; tools: ${tools.map((tool) => tool.name).join(', ') || 'none (--tools <module> brings some; all workers of this queue need the same)'}`,
      );
    }
    await Promise.race([signal, Promise.all(running.map(({ ended }) => ended))]);
    ending = true;
    printLine('Ending…');
    // Shut all of them down at once; `closing` then waits for each.
    for (const worker of running) worker.shutdown();
  });
}
