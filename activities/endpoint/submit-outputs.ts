import type { RemoteRun, ToolOutput } from '../../contracts/orchestrate-run.ts';
import type { Waiting } from './await-run.ts';
import { asking } from './failure.ts';
import { idempotencyHeader } from './idempotency-header.ts';

/** Submits the outputs of one round. */
export async function submitOutputs(
  { client, signal }: Waiting,
  run: RemoteRun,
  outputs: readonly ToolOutput[],
  idempotencyKey: string,
): Promise<void> {
  await asking('Submitting the tool outputs', () =>
    client.beta.threads.runs.submitToolOutputs(
      run.runId,
      {
        thread_id: run.threadId,
        tool_outputs: outputs.map(({ callId, output }) => ({ tool_call_id: callId, output })),
      },
      { headers: idempotencyHeader(idempotencyKey), signal },
    ),
  );
}
