import { setTimeout as delay } from 'node:timers/promises';
import type OpenAI from 'openai';
import type { System } from '../system.ts';
import { THINK } from '../thinking.ts';

/** Long enough for the request to have reached the model, in milliseconds. */
const KILL_AFTER_MS = 1_000;
const POLL_MS = 20;

/**
 * Kills everything except the database server with SIGKILL while the model thinks, restarts it at once, and waits for the run.
 * Returns the seconds from the kill to `completed`: they include the start, the resumption, and the three seconds of the repeated
 * model call.
 */
export async function resumeAfterKill(system: System, openai: OpenAI, assistantId: string): Promise<number> {
  const run = await openai.beta.threads.createAndRun({
    assistant_id: assistantId,
    thread: { messages: [{ role: 'user', content: `Please ${THINK} about the weather.` }] },
  });
  await delay(KILL_AFTER_MS);
  const began = performance.now();
  await system.killAndRestart();
  for (;;) {
    const { status } = await openai.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id });
    if (status === 'completed') return (performance.now() - began) / 1_000;
    if (status !== 'in_progress' && status !== 'queued') throw new Error(`the run that was interrupted is ${status}`);
    await delay(POLL_MS);
  }
}
