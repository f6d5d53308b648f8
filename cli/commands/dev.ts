import pc from 'picocolors';
import { connectNative, temporalTarget } from '../../temporal/native-connection.ts';
import { Closing } from '../../programs/closing.ts';
import { readConfig, type Config } from '../../programs/config.ts';
import { startOrchestratorWorker } from '../../programs/orchestrator-worker.ts';
import { startService, type EmbeddedService } from '../../embedded/service.ts';
import { loadTools } from '../load-tools.ts';
import { printLine, printError, printTable } from '../print.ts';
import { untilSignal } from '../until-signal.ts';
import { version } from '../../programs/version.ts';

export interface DevOptions {
  /** A module that exports tools. */
  tools?: string;
}

/** The grace time of tools, in milliseconds: short, as it is a developer who presses Ctrl-C. */
const GRACE_MS = 2_000;

async function startToolWorker(service: EmbeddedService, config: Config, path: string): Promise<() => Promise<void>> {
  const tools = await loadTools(path);
  const target = temporalTarget(service.temporalAddress, config.temporal.apiKey);
  const apiKey: string | undefined = config.apiKeys.keys().next().value;
  const connection = await connectNative(target);
  const worker = await startOrchestratorWorker({
    tools,
    connection,
    namespace: target.namespace,
    endpoint: { baseUrl: service.apiUrl, ...(apiKey !== undefined && { apiKey }) },
    observer: service.toolObserver,
    graceMs: GRACE_MS,
  });
  worker.ended.catch(printError);
  return async () => {
    await worker.close().catch(() => undefined);
    await connection.close();
  };
}

/** `dev`: runs everything in one process, until a signal. */
export async function dev(options: DevOptions): Promise<void> {
  const signal = untilSignal();
  const began = performance.now();
  const config = readConfig();
  const closing = new Closing();
  const service = await startService({ config, say: printLine });
  closing.add(() => service.close());
  await closing.closeAfter(async () => {
    if (options.tools !== undefined) closing.add(await startToolWorker(service, config, options.tools));
    printLine(pc.bold(`durable-assistants ${version}`));
    printTable([
      ['API', `${service.apiUrl}   (base URL for your OpenAI SDK)`],
      ['Temporal', service.temporalAddress],
      ['UI', service.uiUrl ?? '(set TEMPORAL_UI_URL to have links)'],
      ['Data', config.databaseUrl === undefined ? config.dataDir : new URL(config.databaseUrl).host],
      ['Model', service.model.description],
      ...(service.metricsUrl === null ? [] : [['Metrics', `${service.metricsUrl}/metrics`] as const]),
    ]);
    printLine(`Ready in ${((performance.now() - began) / 1_000).toFixed(1)} s. Ctrl-C ends it.`);
    const end = await Promise.race([signal, service.failed]);
    if (end instanceof Error) throw end;
    printLine('Ending…');
  });
}
