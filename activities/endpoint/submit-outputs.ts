import { APIError } from 'openai';
import type { RemoteRun, ToolOutput } from '../../contracts/orchestrate-run.ts';
import type { Waiting } from './await-run.ts';
import { asking, endpointFailure } from './failure.ts';
import { idempotencyHeader } from './idempotency-header.ts';

/**
 * Submits the outputs of one round. A refusal because the run is not waiting any more (it expired, was cancelled, or
 * somebody else has submitted) is left to whoever asks for the run next: its status says what happened.
 */
export async function submitOutputs(
  { client, signal }: Waiting,
  run: RemoteRun,
  outputs: readonly ToolOutput[],
  idempotencyKey: string,
): Promise<void> {
  const { threadId: thread_id, runId } = run;
  const tool_outputs = outputs.map(({ callId, output }) => ({ tool_call_id: callId, output }));
  try {
    const options = { headers: idempotencyHeader(idempotencyKey), signal };
    await client.beta.threads.runs.submitToolOutputs(runId, { thread_id, tool_outputs }, options);
  } catch (error) {
    if (!(error instanceof APIError) || error.status !== 400) throw endpointFailure('Submitting the tool outputs', error);
    const { status } = await asking('Asking for the run', () =>
      client.beta.threads.runs.retrieve(runId, { thread_id }, { signal }),
    );
    if (status === 'requires_action') throw endpointFailure('Submitting the tool outputs', error);
  }
}
