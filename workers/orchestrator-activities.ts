import { Endpoint } from '../activities/endpoint/endpoint.ts';
import { createEndpointActivities } from '../activities/endpoint/index.ts';
import { createQueueActivities } from '../activities/queue/index.ts';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import type { ToolRegistry } from '../tools/registry.ts';

export interface OrchestratorParts {
  endpoint: EndpointOptions;
  registry: ToolRegistry;
  /** The task queue of tools that do not define their own. */
  toolQueue: string;
  /** Aborted when the worker begins to shut down. */
  stopping: AbortSignal;
}

/** The activities that `orchestrateRun` and `threadSession` call, except tools. */
export function orchestratorActivities({ endpoint, registry, toolQueue, stopping }: OrchestratorParts): object {
  const endpointActivities = createEndpointActivities({
    endpoint: new Endpoint(endpoint),
    tools: registry,
    toolQueue,
    stopping,
  });
  return { ...endpointActivities, ...createQueueActivities() };
}
