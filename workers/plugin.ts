import type { ClientOptions, ClientPlugin } from '@temporalio/client';
import type { BundleOptions, BundlerPlugin, Worker, WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import { createToolActivities } from '../activities/tools/tool-activities.ts';
import type { ToolObserver } from '../activities/tools/tool-observer.ts';
import { endpointFrom, type EndpointOptions } from '../contracts/endpoint-options.ts';
import { converterPaths } from '../temporal/converter-paths.ts';
import type { Tool } from '../tools/define-tool.ts';
import { createToolRegistry, type ToolRegistry } from '../tools/registry.ts';
import { withShutdownSignals } from './shutdown-signals.ts';
import { workflowBundle } from './bundle.ts';
import { orchestratorActivities } from './orchestrator-activities.ts';
import { workerProfile } from './profile.ts';
import { readableErrors } from './readable-errors.ts';

/** What was given a value: an option that is undefined takes no place of ours. */
const set = <T extends object>(options: T | undefined): T =>
  Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined)) as T;

export interface AssistantsPluginOptions {
  /** The tools that assistants may call: done by the same worker. */
  tools?: readonly Tool[];
  /** The Assistants v2 endpoint. Default: ASSISTANTS_BASE_URL and ASSISTANTS_API_KEY, else the local server. */
  endpoint?: Partial<EndpointOptions>;
  /** Told of every attempt of a tool call, for your metrics. */
  observer?: ToolObserver;
}

/**
 * Mounts orchestrated runs and their tools into a worker of yours: `Worker.create({ …, plugins: [new AssistantsPlugin({ tools })] })`.
 *
 * Activities are added to yours. A worker without workflows gets ours; one with workflows of its own exports ours from their
 * file: `export * from 'durable-assistants/workflows'`. Runs wait in activities, so a worker that sets no number of activity
 * slots gets 2,000 of them. Where no converters are set, failures and payloads go through ours, which let no text end the
 * worker.
 */
export class AssistantsPlugin implements WorkerPlugin, ClientPlugin, BundlerPlugin {
  readonly name = 'durable-assistants';
  readonly #options: AssistantsPluginOptions;
  readonly #registry: ToolRegistry;
  readonly #endpoint: EndpointOptions;
  readonly #stopping = new AbortController();

  /** @throws {ToolDefinitionError} for tools of one name; {EndpointError} */
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
      dataConverter: { ...converterPaths, ...set(options.dataConverter) },
      interceptors: { ...options.interceptors, activity: [readableErrors, ...(options.interceptors?.activity ?? [])] },
      activities: { ...orchestratorActivities(parts), ...createToolActivities(this.#registry, observer), ...options.activities },
      ...(!hasWorkflows && { workflowBundle: await workflowBundle() }),
    };
  }

  /** Waits are handed on as soon as the worker begins to shut down. */
  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const stop = (): void => this.#stopping.abort();
    try {
      await withShutdownSignals(stop, () => next(worker));
    } finally {
      stop();
    }
  }

  /** A client needs nothing else to start runs: `connect({ client })`. */
  configureClient(options: Omit<ClientOptions, 'plugins'>): Omit<ClientOptions, 'plugins'> {
    return { ...options, dataConverter: { ...converterPaths, ...set(options.dataConverter) } };
  }

  configureBundler(options: BundleOptions): BundleOptions {
    return { ...converterPaths, ...set(options) };
  }
}
