import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { CreatedRun, EndpointActivities } from '../../contracts/orchestrate-run.ts';
import { taskQueues } from '../../contracts/task-queues.ts';
import type { ToolRegistry } from '../../tools/registry.ts';
import { withHeartbeats } from '../heartbeats.ts';
import { awaitRemoteRun, type Waiting } from './await-run.ts';
import { cancelRemoteRun } from './cancel-run.ts';
import { createRemoteRun, findUnconfirmedRun, tryCreateRemoteRun, type Creation } from './create-run.ts';
import type { Endpoint } from './endpoint.ts';
import { removeTaggedDuplicates } from './find-runs.ts';
import { submitOutputs } from './submit-outputs.ts';

export interface EndpointDependencies {
  endpoint: Endpoint;
  tools: ToolRegistry;
  /** Where tools without a queue of their own are run. */
  toolQueue?: string;
  /** Aborted when the worker begins to shut down. */
  stopping?: AbortSignal;
}

/**
 * Waits hold nothing, so a worker that is going away hands them on at once instead of sitting out its grace time: the
 * activity is retried by another worker.
 */
async function untilStopping<T>(stopping: AbortSignal | undefined, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const cancelled = Context.current().cancellationSignal;
  try {
    return await withHeartbeats(() => wait(stopping ? AbortSignal.any([cancelled, stopping]) : cancelled));
  } catch (error) {
    if (cancelled.aborted || !stopping?.aborted) throw error;
    throw ApplicationFailure.create({
      type: 'WorkerStopping',
      message: 'This worker is shutting down; another goes on waiting.',
      category: ApplicationFailureCategory.BENIGN,
    });
  }
}

/** An earlier attempt may have sent the request. */
const isRepeated = (): boolean => Context.current().info.attempt > 1;

/** Said once per run, where those look who run the worker. */
function warnOfMissing(run: CreatedRun): CreatedRun {
  if (run.missingTools.length > 0) {
    const names = run.missingTools.join(', ');
    Context.current().log.warn(`The assistant names tools that no worker of this queue has: ${names}`, { runId: run.runId });
  }
  return run;
}

export function createEndpointActivities(dependencies: EndpointDependencies): EndpointActivities {
  const { endpoint, tools, toolQueue = taskQueues.tools, stopping } = dependencies;
  const waiting = (signal: AbortSignal): Waiting => ({ endpoint, signal });
  const creating = (order: Creation['order']): Creation => ({ endpoint, tools, order });
  return {
    tryCreateRun: async (order) => {
      const created = await tryCreateRemoteRun(creating(order));
      return { ...created, run: created.run && warnOfMissing(created.run) };
    },

    // Its requests are not broken off by a cancel, only its waits: whoever cancels must learn which run there is.
    createRun: (order) =>
      untilStopping(stopping, async (signal) =>
        warnOfMissing(await createRemoteRun(creating(order), waiting(signal), isRepeated())),
      ),

    awaitRun: (run) => untilStopping(stopping, (signal) => awaitRemoteRun(waiting(signal), tools, run, toolQueue)),

    submitAndAwait: (run, outputs, key) =>
      untilStopping(stopping, async (signal) => {
        await submitOutputs(waiting(signal), { run, outputs, key, repeated: isRepeated() });
        return awaitRemoteRun(waiting(signal), tools, run, toolQueue);
      }),

    cancelRun: (run) => untilStopping(undefined, (signal) => cancelRemoteRun(waiting(signal), run)),

    cancelUnconfirmedRun: (order) =>
      untilStopping(undefined, async (signal) => {
        const run = await findUnconfirmedRun(creating(order), waiting(signal));
        return run ? cancelRemoteRun(waiting(signal), run) : null;
      }),

    removeDuplicates: (run, key) => untilStopping(undefined, (signal) => removeTaggedDuplicates(waiting(signal), run, key)),
  };
}
