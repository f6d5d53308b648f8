import { Client } from '@temporalio/client';
import type { Store } from '../../store/open.ts';
import { taskQueues } from '../../contracts/task-queues.ts';
import { createWorker } from '../../workers/create-worker.ts';
import { createRunsWorker } from '../../workers/runs-worker.ts';
import { connectNative, temporalTarget } from '../../workers/temporal-connection.ts';
import { Closing } from '../closing.ts';
import { readConfig } from '../config.ts';
import { findService } from '../embedded/service-file.ts';
import { loadTools } from '../load-tools.ts';
import { createLogger } from '../log.ts';
import { prepareOperation } from '../operation/operation.ts';
import { unreachable } from '../readiness.ts';
import { openModel } from '../model.ts';
import { say } from '../say.ts';
import { openConfiguredStore } from '../store.ts';
import { untilSignal } from '../until-signal.ts';

export interface WorkerCommandOptions {
  tools?: string;
}

interface Running {
  run: Promise<void>;
  shutdown(): void;
}

/**
 * `worker`: with DATABASE_URL it does the server's runs; with `--tools`, or without a database, orchestrated runs and their
 * tools; with both, both. Until a signal.
 */
export async function worker(options: WorkerCommandOptions): Promise<void> {
  const signal = untilSignal();
  const config = readConfig();
  const log = createLogger(config, 'info');
  const operation = await prepareOperation(config, log);
  const closing = new Closing();
  const running: Running[] = [];
  const grace = config.shutdownGraceMs === undefined ? {} : { shutdownGraceTime: config.shutdownGraceMs };
  try {
    const service = config.databaseUrl === undefined ? await findService(config.dataDir) : null;
    const target = temporalTarget(config.temporal.address ?? service?.temporalAddress);
    const connection = await connectNative(target);
    closing.add(() => connection.close());
    const { namespace } = target;
    let store: Store | null = null;
    if (config.databaseUrl !== undefined) {
      const opened = await openConfiguredStore(config, log, operation.onStatement);
      closing.add(() => opened.close());
      store = opened;
      const model = await openModel(config);
      closing.add(() => model.close());
      const runs = await createRunsWorker({
        connection,
        namespace,
        store: opened,
        model: model.provider,
        observer: operation.turns,
        ...grace,
      });
      running.push({ run: runs.run(), shutdown: () => runs.shutdown() });
      say(`Doing runs from ${taskQueues.runs}; model: ${model.description}`);
    }
    if (options.tools !== undefined || config.databaseUrl === undefined) {
      const tools = options.tools === undefined ? [] : await loadTools(options.tools);
      const endpoint = process.env['ASSISTANTS_BASE_URL'] ?? service?.apiUrl;
      const orchestrator = await createWorker({
        tools,
        connection,
        namespace,
        ...(endpoint && { endpoint: { baseUrl: endpoint } }),
        ...(operation.tools && { observer: operation.tools }),
        ...grace,
      });
      running.push({ run: orchestrator.run(), shutdown: () => orchestrator.shutdown() });
      say(
        `Orchestrating from ${taskQueues.orchestrator}; tools: ${tools.map((tool) => tool.name).join(', ') || 'none (--tools <module> brings some; all workers of this queue need the same)'}`,
      );
    }
    const client = new Client({ connection, namespace });
    const metricsUrl = await operation.serve({ store, readiness: () => unreachable(store, client), closing });
    if (metricsUrl !== null) say(`Metrics are at ${metricsUrl}/metrics`);
    const work = Promise.all(running.map(({ run }) => run));
    await Promise.race([signal, work]);
    say('Ending…');
    for (const { shutdown } of running) shutdown();
    await work;
  } finally {
    await closing.close();
  }
}
