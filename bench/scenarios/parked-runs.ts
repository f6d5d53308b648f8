import type OpenAI from 'openai';

const CONCURRENCY = 20;

/** Starts runs that wait for tool outputs which are never submitted. Returns once all of them wait. */
export async function parkRuns(openai: OpenAI, assistantId: string, count: number): Promise<void> {
  let left = count;
  const park = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const run = await openai.beta.threads.createAndRunPoll({
        assistant_id: assistantId,
        thread: { messages: [{ role: 'user', content: 'How is the weather in Paris?' }] },
      });
      if (run.status !== 'requires_action') throw new Error(`a run that should wait is ${run.status}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, park));
}
