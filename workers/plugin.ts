import type { ClientOptions, ClientPlugin } from '@temporalio/client';
import type { BundleOptions, BundlerPlugin, Worker, WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import { createToolActivities } from '../activities/tools/tool-activities.ts';
import type { ToolObserver } from '../activities/tools/tool-observer.ts';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import { endpointFrom } from '../environment/endpoint.ts';
import { converterPaths } from '../temporal/converters/converter-paths.ts';
import type { Tool } from '../tools/define-tool.ts';
import { createToolRegistry, type ToolRegistry } from '../tools/registry.ts';
import { withShutdownSignals } from './shutdown-signals.ts';
import { workflowBundle } from './bundle.ts';
import { orchestratorActivities } from './orchestrator-activities.ts';
import { workerProfile } from './profile.ts';
import { readableErrors } from './readable-errors.ts';

/** The options that have a value. An option that is undefined does not override one of ours. */
const withoutUndefined = <T extends object>(options: T | undefined): T =>
  Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined)) as T;

export interface AssistantsPluginOptions {
  /** The tools that assistants may call. The same worker executes them. */
  tools?: readonly Tool[];
  /** The Assistants v2 endpoint. Default: ASSISTANTS_BASE_URL and ASSISTANTS_API_KEY, else the local server. */
  endpoint?: Partial<EndpointOptions>;
  /** Called for every attempt of a tool call, for your metrics. */
  observer?: ToolObserver;
}

/**
 * Adds orchestrated runs and their tools to your worker: `Worker.create({ …, plugins: [new AssistantsPlugin({ tools })] })`.
 *
 * Activities are added to yours. A worker without workflows gets ours; a worker with workflows of its own must export ours from
 * its workflows file: `export * from 'durable-assistants/workflows'`. Runs wait in activities, so a worker without a number of
 * activity slots gets 2,000. Without converters of your own, payloads and failures use ours, with which no text can crash the
 * worker.
 */
export class AssistantsPlugin implements WorkerPlugin, ClientPlugin, BundlerPlugin {
  readonly name = 'durable-assistants';
  readonly #options: AssistantsPluginOptions;
  readonly #registry: ToolRegistry;
  readonly #endpoint: EndpointOptions;
  readonly #stopping = new AbortController();

  /** @throws {ToolDefinitionError} if two tools have the same name; {EndpointError} */
  constructor(options: AssistantsPluginOptions = {}) {
    this.#options = options;
    this.#registry = createToolRegistry(options.tools ?? []);
    this.#endpoint = endpointFrom(options.endpoint);
  }

  async configureWorker(options: WorkerOptions): Promise<WorkerOptions> {
    const { observer } = this.#options;
    const parts = {
      endpoint: this.#endpoint,
      registry: this.#registry,
      toolQueue: options.taskQueue,
      stopping: this.#stopping.signal,
    };
    const hasWorkflows = options.workflowsPath !== undefined || options.workflowBundle !== undefined;
    return {
      ...(options.tuner === undefined && workerProfile.orchestrator),
      ...options,
      dataConverter: { ...converterPaths, ...withoutUndefined(options.dataConverter) },
      interceptors: { ...options.interceptors, activity: [readableErrors, ...(options.interceptors?.activity ?? [])] },
      activities: { ...orchestratorActivities(parts), ...createToolActivities(this.#registry, observer), ...options.activities },
      ...(!hasWorkflows && { workflowBundle: await workflowBundle() }),
    };
  }

  /** Activities that wait for runs are released to other workers as soon as this worker begins to shut down. */
  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const stop = (): void => this.#stopping.abort();
    try {
      await withShutdownSignals(stop, () => next(worker));
    } finally {
      stop();
    }
  }

  /** Sets our converters. A client with this plugin can start runs: `connect({ client })`. */
  configureClient(options: Omit<ClientOptions, 'plugins'>): Omit<ClientOptions, 'plugins'> {
    return { ...options, dataConverter: { ...converterPaths, ...withoutUndefined(options.dataConverter) } };
  }

  configureBundler(options: BundleOptions): BundleOptions {
    return { ...converterPaths, ...withoutUndefined(options) };
  }
}
