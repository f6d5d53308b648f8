import type { Assistants } from 'durable-assistants/client';

/** (c) The same question and tool through the orchestrator: from the client's start, with the tool on a worker, to the result. */
export function orchestratedRun(assistants: Assistants, assistantId: string): () => Promise<void> {
  return async () => {
    const run = await assistants.start({ assistantId, message: 'How is the weather in Paris?' });
    const result = await run.result();
    if (result.rounds !== 1 || result.status !== 'completed') throw new Error(`a run ended ${result.status}`);
  };
}
