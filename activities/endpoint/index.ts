import { Context } from '@temporalio/activity';
import OpenAI from 'openai';
import type { EndpointActivities } from '../../contracts/orchestrate-run.ts';
import { taskQueues } from '../../contracts/task-queues.ts';
import type { ToolRegistry } from '../../tools/registry.ts';
import { whileBeating } from '../heartbeat.ts';
import { awaitRemoteRun, type Waiting } from './await-run.ts';
import { cancelRemoteRun } from './cancel-run.ts';
import { createRemoteRun, idempotencyHeader } from './create-run.ts';
import { asking } from './failure.ts';

export interface EndpointOptions {
  /** An Assistants v2 endpoint, with `/v1`. */
  baseUrl: string;
  apiKey: string;
}

export interface EndpointDependencies {
  client: OpenAI;
  tools: ToolRegistry;
  /** Where tools without a queue of their own are run. */
  toolQueue?: string;
}

/** One request may take that long, in milliseconds; waiting requests say so themselves. */
const REQUEST_TIMEOUT_MS = 30_000;

/** A client that never repeats a request by itself: Temporal does, and is seen to. */
export function createEndpointClient(options: EndpointOptions): OpenAI {
  return new OpenAI({ baseURL: options.baseUrl, apiKey: options.apiKey, maxRetries: 0, timeout: REQUEST_TIMEOUT_MS });
}

export function createEndpointActivities({ client, tools, toolQueue = taskQueues.tools }: EndpointDependencies): EndpointActivities {
  const waiting = (): Waiting => ({ client, signal: Context.current().cancellationSignal });
  return {
    // Not broken off by a cancel: whoever cancels must learn which run there is to cancel.
    createRun: (input, idempotencyKey) => whileBeating(() => createRemoteRun(client, input, idempotencyKey, undefined)),

    awaitRun: (run) => whileBeating(() => awaitRemoteRun(waiting(), tools, run, toolQueue)),

    submitAndAwait: (run, outputs, idempotencyKey) =>
      whileBeating(async () => {
        const { signal } = waiting();
        await asking('Submitting the tool outputs', () =>
          client.beta.threads.runs.submitToolOutputs(
            run.runId,
            {
              thread_id: run.threadId,
              tool_outputs: outputs.map(({ callId, output }) => ({ tool_call_id: callId, output })),
            },
            { headers: idempotencyHeader(idempotencyKey), ...(signal && { signal }) },
          ),
        );
        return awaitRemoteRun(waiting(), tools, run, toolQueue);
      }),

    cancelRun: (run) => whileBeating(() => cancelRemoteRun(waiting(), run)),

    cancelUnconfirmedRun: (input, idempotencyKey) =>
      whileBeating(async () => {
        const run = await createRemoteRun(client, input, idempotencyKey, undefined);
        return cancelRemoteRun(waiting(), run);
      }),
  };
}
