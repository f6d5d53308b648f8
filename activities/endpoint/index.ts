import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import OpenAI from 'openai';
import type { EndpointOptions } from '../../contracts/endpoint.ts';
import type { EndpointActivities } from '../../contracts/orchestrate-run.ts';
import { taskQueues } from '../../contracts/task-queues.ts';
import type { ToolRegistry } from '../../tools/registry.ts';
import { whileBeating } from '../heartbeat.ts';
import { awaitRemoteRun, type Waiting } from './await-run.ts';
import { cancelRemoteRun } from './cancel-run.ts';
import { createRemoteRun } from './create-run.ts';
import { submitOutputs } from './submit-outputs.ts';

export interface EndpointDependencies {
  client: OpenAI;
  tools: ToolRegistry;
  /** Where tools without a queue of their own are run. */
  toolQueue?: string;
  /** Aborted when the worker begins to shut down. */
  stopping?: AbortSignal;
}

/** One request may take that long, in milliseconds; waiting requests say so themselves. */
const REQUEST_TIMEOUT_MS = 30_000;

/** A client that never repeats a request by itself: Temporal does, and is seen to. */
export function createEndpointClient(options: EndpointOptions): OpenAI {
  return new OpenAI({ baseURL: options.baseUrl, apiKey: options.apiKey, maxRetries: 0, timeout: REQUEST_TIMEOUT_MS });
}

/**
 * Waits hold nothing, so a worker that is going away hands them on at once instead of sitting out its grace time: the
 * activity is retried by another worker.
 */
async function handingOn<T>(stopping: AbortSignal | undefined, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const cancelled = Context.current().cancellationSignal;
  try {
    return await whileBeating(() => wait(stopping ? AbortSignal.any([cancelled, stopping]) : cancelled));
  } catch (error) {
    if (cancelled.aborted || !stopping?.aborted) throw error;
    throw ApplicationFailure.create({
      type: 'WorkerStopping',
      message: 'This worker is shutting down; another goes on waiting.',
      category: ApplicationFailureCategory.BENIGN,
    });
  }
}

export function createEndpointActivities(dependencies: EndpointDependencies): EndpointActivities {
  const { client, tools, toolQueue = taskQueues.tools, stopping } = dependencies;
  const waiting = (signal: AbortSignal): Waiting => ({ client, signal });
  return {
    // Not broken off by a cancel: whoever cancels must learn which run there is to cancel.
    createRun: (input, idempotencyKey) => whileBeating(() => createRemoteRun(client, input, idempotencyKey)),

    awaitRun: (run) => handingOn(stopping, (signal) => awaitRemoteRun(waiting(signal), tools, run, toolQueue)),

    submitAndAwait: (run, outputs, idempotencyKey) =>
      handingOn(stopping, async (signal) => {
        await submitOutputs(waiting(signal), run, outputs, idempotencyKey);
        return awaitRemoteRun(waiting(signal), tools, run, toolQueue);
      }),

    cancelRun: (run) => handingOn(undefined, (signal) => cancelRemoteRun(waiting(signal), run)),

    cancelUnconfirmedRun: (input, idempotencyKey) =>
      handingOn(undefined, async (signal) => {
        const run = await createRemoteRun(client, input, idempotencyKey);
        return cancelRemoteRun(waiting(signal), run);
      }),
  };
}
