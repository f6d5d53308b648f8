import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type OpenAI from 'openai';
import type { Assistants, AssistantRun } from 'durable-assistants/client';
import { isTerminal } from '../../domain/run-state.ts';
import { percentile } from '../load.ts';
import { orchestratedRun } from './orchestrated-run.ts';
import { toolRound } from './tool-round.ts';

export interface Quantiles {
  p50: number;
  p95: number;
}

function quantiles(times: readonly number[]): Quantiles {
  const sorted = times.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Calls `work` `count` times, `atOnce` calls concurrently, and returns the results in order. */
async function inBatches<T>(count: number, atOnce: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** Asks the same question with a bare SDK poll loop and with the orchestrator, alternating, against the same server. */
export async function measureOverhead(
  openai: OpenAI,
  assistants: Assistants,
  assistantId: string,
  pairs: number,
): Promise<{ sdk: Quantiles; orchestrated: Quantiles; difference: Quantiles }> {
  const sdk = toolRound(openai, assistantId);
  const orchestrated = orchestratedRun(assistants, assistantId);
  for (let warm = 0; warm < 20; warm += 1) {
    await sdk();
    await orchestrated();
  }
  const times: { sdk: number; orchestrated: number }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) times.push({ sdk: await timed(sdk), orchestrated: await timed(orchestrated) });
  return {
    sdk: quantiles(times.map((pair) => pair.sdk)),
    orchestrated: quantiles(times.map((pair) => pair.orchestrated)),
    difference: quantiles(times.map((pair) => pair.orchestrated - pair.sdk)),
  };
}

/** Cancels workflows at random moments, ten concurrently. Measures until the remote run is terminal and its thread is free. */
export async function measureCancelled(
  openai: OpenAI,
  assistants: Assistants,
  assistantId: string,
  count: number,
): Promise<Quantiles & { created: number }> {
  const times = await inBatches(count, 10, async (index) => {
    const message = index % 2 === 0 ? 'Please think about it.' : 'call refund';
    const run = await assistants.start({ assistantId, message });
    await delay(Math.random() * 600);
    const began = performance.now();
    await run.cancel();
    await run.result().catch(() => undefined);
    const { threadId, runId } = await run.status();
    // Cancelled before the run was created.
    if (threadId === undefined || runId === undefined) return null;
    const { status } = await openai.beta.threads.runs.retrieve(runId, { thread_id: threadId });
    if (!isTerminal(status)) throw new Error(`a cancelled workflow left its run ${status}`);
    await openai.beta.threads.messages.create(threadId, { role: 'user', content: 'free?' });
    return performance.now() - began;
  });
  const durations = times.filter((time) => time !== null);
  return { ...quantiles(durations), created: durations.length };
}

export interface ParkedReport {
  /** The number of runs parked so far, and the resident bytes at that point. */
  memory: { parked: number; bytes: number }[];
  approval: Quantiles;
}

/** Parks runs on approvals, then approves some of them. Measures the memory of the parked runs, and the time of each approval. */
export async function measureParkedApprovals(
  assistants: Assistants,
  assistantId: string,
  count: number,
  residentBytes: () => Promise<number>,
): Promise<ParkedReport> {
  const memory = [{ parked: 0, bytes: await residentBytes() }];
  const runs: AssistantRun[] = [];
  const step = Math.max(1, Math.round(count / 5));
  while (runs.length < count) {
    const batch = await inBatches(Math.min(step, count - runs.length), 20, async () => {
      const run = await assistants.start({ assistantId, message: 'call refund', expiresAfter: '1 day' });
      for (;;) {
        const { threadId } = await run.status();
        if (threadId !== undefined && (await run.waiting()).length > 0) return run;
        await delay(100);
      }
    });
    runs.push(...batch);
    await delay(2_000);
    memory.push({ parked: runs.length, bytes: await residentBytes() });
    process.stderr.write(`  ${runs.length} parked, ${Math.round(memory.at(-1)!.bytes / 1024 / 1024)} MB\n`);
  }
  const times: number[] = [];
  for (let index = 0; index < 100; index += 1) {
    const [run] = runs.splice(Math.floor(Math.random() * runs.length), 1);
    if (!run) break;
    times.push(await timed(() => run.approve({ by: 'bench' })));
    await run.result();
  }
  return { memory, approval: quantiles(times) };
}

/** A hundred rounds with outputs of 5 KB on a thread of 200,000 tokens: the chain's largest history and the rounds' times. */
export async function measureManyRounds(
  openai: OpenAI,
  assistants: Assistants,
  temporal: Client,
  assistantId: string,
): Promise<{ rounds: number; firstMs: number; lastMs: number; largestHistory: number; histories: number }> {
  const thread = await openai.beta.threads.create();
  const page = 'All that was ever said about the weather of the north. '.repeat(3_640);
  for (let index = 0; index < 4; index += 1) {
    await openai.beta.threads.messages.create(thread.id, { role: index % 2 ? 'assistant' : 'user', content: page });
  }
  const run = await assistants.start({ assistantId, threadId: thread.id, message: '100 rounds', deadline: '10 minutes' });
  const { rounds, runId } = await run.result();
  const steps = [];
  for await (const step of openai.beta.threads.runs.steps.list(runId, { thread_id: thread.id, order: 'asc', limit: 100 })) {
    steps.push(step);
  }
  const histories: number[] = [];
  for await (const { runId: execution } of temporal.workflow.list({ query: `WorkflowId = '${run.workflowId}'` })) {
    histories.push((await temporal.workflow.getHandle(run.workflowId, execution).describe()).historySize ?? 0);
  }
  const server = await temporal.workflow.getHandle(runId).describe();
  const events: number[] = [];
  for await (const { runId: execution } of temporal.workflow.list({ query: `WorkflowId = '${run.workflowId}'` })) {
    const { events: found } = await temporal.workflow.getHandle(run.workflowId, execution).fetchHistory();
    for (const event of found ?? []) {
      if (event.activityTaskScheduledEventAttributes?.activityType?.name !== 'tool:report') continue;
      events.push(Number(event.eventTime?.seconds ?? 0) * 1_000 + (event.eventTime?.nanos ?? 0) / 1e6);
    }
  }
  const sorted = events.toSorted((a, b) => a - b);
  const gaps = sorted.slice(1).map((time, index) => time - sorted[index]!);
  return {
    rounds,
    firstMs: quantiles(gaps.slice(0, 10)).p50,
    lastMs: quantiles(gaps.slice(-10)).p50,
    largestHistory: Math.max(...histories, server.historySize ?? 0),
    histories: histories.length,
  };
}
