import { ApplicationFailure } from '@temporalio/common';
import type OpenAI from 'openai';
import { z } from 'zod';
import { failureTypes } from '../../contracts/failures.ts';
import type { OrchestrateRunInput, RemoteRun } from '../../contracts/orchestrate-run.ts';
import { parseOrchestrateRunInput } from '../../contracts/parse-input.ts';
import { asking } from './failure.ts';
import { idempotencyHeader } from './idempotency-header.ts';

/** A workflow may be started without our client, so its input is checked here once more. */
function checked(input: OrchestrateRunInput): OrchestrateRunInput {
  try {
    return parseOrchestrateRunInput(input);
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw ApplicationFailure.nonRetryable(`The input of orchestrateRun is wrong: ${why}`, failureTypes.invalidInput);
  }
}

type RunParams = Parameters<OpenAI['beta']['threads']['runs']['create']>[1];
type ThreadRunParams = Parameters<OpenAI['beta']['threads']['createAndRun']>[0];

/** Creates the message and the run in one request, on the given thread or on a new one. */
export async function createRemoteRun(client: OpenAI, given: OrchestrateRunInput, idempotencyKey: string): Promise<RemoteRun> {
  const input = checked(given);
  const options = { headers: idempotencyHeader(idempotencyKey) };
  const message = {
    role: 'user' as const,
    content: input.message,
    ...(input.messageMetadata && { metadata: input.messageMetadata }),
  };
  const common = { ...input.overrides, assistant_id: input.assistantId, stream: false as const };
  const run = await asking(
    'Creating the run',
    async () => {
      if (input.threadId !== undefined) {
        const params = { ...common, additional_messages: [message] } as RunParams & { stream: false };
        return client.beta.threads.runs.create(input.threadId, params, options);
      }
      const { additional_instructions, reasoning_effort, ...rest } = common;
      const refused = Object.entries({ additional_instructions, reasoning_effort }).find(([, value]) => value != null);
      if (refused) {
        throw ApplicationFailure.nonRetryable(
          `${refused[0]} needs a thread that exists: the API does not take it together with a new thread.`,
          failureTypes.invalidInput,
        );
      }
      const params = { ...rest, thread: { messages: [message] } } as ThreadRunParams & { stream: false };
      return client.beta.threads.createAndRun(params, options);
    },
    failureTypes.invalidInput,
  );
  return { threadId: run.thread_id, runId: run.id };
}
