import { APIError } from 'openai';
import type { RemoteRun, ToolOutput } from '../../contracts/orchestrate-run.ts';
import type { EndpointContext } from './await-run.ts';
import { sendRequest, endpointFailure } from './failure.ts';

export interface Submission {
  run: RemoteRun;
  outputs: readonly ToolOutput[];
  key: string;
  /** The request was sent before, and may have been accepted. */
  repeated: boolean;
}

/** Whether the run still waits for exactly these outputs. */
async function stillAwaits({ endpoint, signal }: EndpointContext, { run, outputs }: Submission): Promise<boolean> {
  const { threadId: thread_id, runId } = run;
  const { required_action: required } = await sendRequest('Asking for the run', () =>
    endpoint.client.beta.threads.runs.retrieve(runId, { thread_id }, { signal }),
  );
  const calls = new Set(required?.submit_tool_outputs.tool_calls.map(({ id }) => id));
  return outputs.length === calls.size && outputs.every(({ callId }) => calls.has(callId));
}

/**
 * Submits the outputs of one round, unless the run has them already. The endpoint may refuse because the run is no longer
 * waiting (it expired, was cancelled, or another client has submitted). That is not an error here: the caller reads the run
 * next, and its status says what happened.
 */
export async function submitOutputs(waiting: EndpointContext, submission: Submission): Promise<void> {
  const { run, outputs, key, repeated } = submission;
  const { endpoint, signal } = waiting;
  const { threadId: thread_id, runId } = run;
  if (repeated && endpoint.lacksIdempotency && !(await stillAwaits(waiting, submission))) return;
  const tool_outputs = outputs.map(({ callId, output }) => ({ tool_call_id: callId, output }));
  try {
    await endpoint.requestWithKey(key, (options) =>
      endpoint.client.beta.threads.runs.submitToolOutputs(runId, { thread_id, tool_outputs }, { ...options, signal }),
    );
  } catch (error) {
    const failure = endpointFailure('Submitting the tool outputs', error);
    if (!(error instanceof APIError) || error.status !== 400) throw failure;
    if (await stillAwaits(waiting, submission)) throw failure;
  }
}
