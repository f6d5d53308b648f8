import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { CreatedRun, EndpointActivities } from '../../contracts/orchestrate-run.ts';
import { taskQueues } from '../../contracts/task-queues.ts';
import type { ToolRegistry } from '../../tools/registry.ts';
import { withHeartbeats } from '../heartbeats.ts';
import { awaitRemoteRun, type EndpointContext } from './await-run.ts';
import { cancelRemoteRun } from './cancel-run.ts';
import { createRemoteRun, findUnconfirmedRun, tryCreateRemoteRun, type Creation } from './create-run.ts';
import type { Endpoint } from './endpoint.ts';
import { removeTaggedDuplicates } from './find-runs.ts';
import { submitOutputs } from './submit-outputs.ts';

export interface EndpointDependencies {
  endpoint: Endpoint;
  tools: ToolRegistry;
  /** The task queue of tools that do not have their own. Default: `taskQueues.tools`. */
  toolQueue?: string;
  /** Aborted when the worker begins to shut down. */
  stopping?: AbortSignal;
}

/**
 * A waiting activity holds no state. A worker that is shutting down therefore ends it at once instead of using its grace time,
 * and another worker retries the activity.
 */
async function untilStopping<T>(stopping: AbortSignal | undefined, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const cancelled = Context.current().cancellationSignal;
  try {
    return await withHeartbeats(() => wait(stopping ? AbortSignal.any([cancelled, stopping]) : cancelled));
  } catch (error) {
    if (cancelled.aborted || !stopping?.aborted) throw error;
    throw ApplicationFailure.create({
      type: 'WorkerStopping',
      message: 'This worker is shutting down; another worker continues to wait.',
      category: ApplicationFailureCategory.BENIGN,
    });
  }
}

/** Whether an earlier attempt may have sent the request. */
const isRepeated = (): boolean => Context.current().info.attempt > 1;

/** Warns once per run, in the worker's log, where the people who run the worker see it. */
function warnOfMissing(run: CreatedRun): CreatedRun {
  if (run.missingTools.length > 0) {
    const names = run.missingTools.join(', ');
    Context.current().log.warn(`The assistant names tools that no worker of this queue has: ${names}`, { runId: run.runId });
  }
  return run;
}

export function createEndpointActivities(dependencies: EndpointDependencies): EndpointActivities {
  const { endpoint, tools, toolQueue = taskQueues.tools, stopping } = dependencies;
  const waitingWith = (signal: AbortSignal): EndpointContext => ({ endpoint, signal });
  const creationOf = (order: Creation['order']): Creation => ({ endpoint, tools, order });
  return {
    tryCreateRun: async (order) => {
      const created = await tryCreateRemoteRun(creationOf(order));
      return { ...created, run: created.run && warnOfMissing(created.run) };
    },

    // A cancel does not abort its requests, only its waits: the canceller must learn which run was created.
    createRun: (order) =>
      untilStopping(stopping, async (signal) =>
        warnOfMissing(await createRemoteRun(creationOf(order), waitingWith(signal), isRepeated())),
      ),

    awaitRun: (run) => untilStopping(stopping, (signal) => awaitRemoteRun(waitingWith(signal), tools, run, toolQueue)),

    submitAndAwait: (run, outputs, key) =>
      untilStopping(stopping, async (signal) => {
        await submitOutputs(waitingWith(signal), { run, outputs, key, repeated: isRepeated() });
        return awaitRemoteRun(waitingWith(signal), tools, run, toolQueue);
      }),

    cancelRun: (run) => untilStopping(undefined, (signal) => cancelRemoteRun(waitingWith(signal), run)),

    cancelUnconfirmedRun: (order) =>
      untilStopping(undefined, async (signal) => {
        const run = await findUnconfirmedRun(creationOf(order), waitingWith(signal));
        return run ? cancelRemoteRun(waitingWith(signal), run) : null;
      }),

    removeDuplicates: (run, key) => untilStopping(undefined, (signal) => removeTaggedDuplicates(waitingWith(signal), run, key)),
  };
}
