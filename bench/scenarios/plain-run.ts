import type OpenAI from 'openai';

/** (a) Creates a thread with a question and a run in one request, and polls with the SDK's helper until the run is completed. */
export function plainRun(openai: OpenAI, assistantId: string): () => Promise<void> {
  return async () => {
    const run = await openai.beta.threads.createAndRunPoll({
      assistant_id: assistantId,
      thread: { messages: [{ role: 'user', content: 'How is the weather in Paris?' }] },
    });
    if (run.status !== 'completed') throw new Error(`a run ended ${run.status}: ${run.last_error?.message}`);
  };
}
