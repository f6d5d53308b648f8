import type OpenAI from 'openai';

/** (b) The same with one tool round: an SDK program that answers the call itself, with the poll helpers. */
export function toolRound(openai: OpenAI, assistantId: string): () => Promise<void> {
  return async () => {
    const waiting = await openai.beta.threads.createAndRunPoll({
      assistant_id: assistantId,
      thread: { messages: [{ role: 'user', content: 'How is the weather in Paris?' }] },
    });
    const calls = waiting.required_action!.submit_tool_outputs.tool_calls;
    const run = await openai.beta.threads.runs.submitToolOutputsAndPoll(waiting.id, {
      thread_id: waiting.thread_id,
      tool_outputs: calls.map((call) => ({ tool_call_id: call.id, output: 'sunny in Paris' })),
    });
    if (run.status !== 'completed') throw new Error(`a run ended ${run.status}: ${run.last_error?.message}`);
  };
}
