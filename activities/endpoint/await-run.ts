import { setTimeout as delay } from 'node:timers/promises';
import type OpenAI from 'openai';
import { PAYLOAD_LIMIT_BYTES } from '../../contracts/limits.ts';
import type { AwaitedRun, RemoteRun, Reply } from '../../contracts/orchestrate-run.ts';
import { isTerminal } from '../../domain/run-state.ts';
import type { Usage } from '../../schemas/usage.ts';
import { routeCalls } from '../../tools/route-calls.ts';
import type { ToolRegistry } from '../../tools/registry.ts';
import type { Endpoint } from './endpoint.ts';
import { requestOf } from './failure.ts';

export type WireRun = Awaited<ReturnType<OpenAI['beta']['threads']['runs']['retrieve']>>;

/** How long our server may hold a GET, in seconds. */
const LONG_POLL_SECONDS = 20;
/** Back-off where the endpoint neither holds the GET nor says when to come again, in milliseconds. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

export interface Waiting {
  endpoint: Endpoint;
  signal: AbortSignal;
}

/** A Date header says whole seconds: clocks that differ by less count as one, in milliseconds. */
const SAME_CLOCK_MS = 2_000;

/** What time it is at the endpoint, in milliseconds: rather too late than too early. */
function timeThere(date: string | null): number {
  const here = Date.now();
  const there = Date.parse(date ?? '');
  return Number.isNaN(there) || Math.abs(there - here) < SAME_CLOCK_MS ? here : there + 1_000;
}

/**
 * Asks for the run until `enough` says so: held GETs where the endpoint offers them (`Prefer: wait`), otherwise polls, with
 * the pause that `openai-poll-after-ms` asks for or with back-off. Gives also what time it is at the endpoint, in
 * milliseconds.
 */
export async function pollRun(
  { endpoint, signal }: Waiting,
  run: RemoteRun,
  enough: (run: WireRun) => boolean,
): Promise<{ run: WireRun; atMs: number }> {
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    const held = endpoint.holdsGets !== false && {
      headers: { Prefer: `wait=${LONG_POLL_SECONDS}` },
      timeout: LONG_POLL_SECONDS * 1_000 + endpoint.requestTimeoutMs,
    };
    const { data, response } = await requestOf('Asking for the run', () =>
      endpoint.client.beta.threads.runs.retrieve(run.runId, { thread_id: run.threadId }, { ...held, signal }).withResponse(),
    );
    const applied = response.headers.has('preference-applied');
    if (held) endpoint.holdsGets = applied;
    if (enough(data)) return { run: data, atMs: timeThere(response.headers.get('date')) };
    if (applied) continue;
    const asked = Number(response.headers.get('openai-poll-after-ms') ?? Number.NaN);
    await delay(Number.isFinite(asked) ? asked : pause, undefined, { signal });
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

export const hasEnded = (run: { status: string }): boolean => isTerminal(run.status);

function cut(text: string): { text: string; truncated: boolean } {
  const bytes = Buffer.from(text);
  if (bytes.length <= PAYLOAD_LIMIT_BYTES) return { text, truncated: false };
  return { text: new TextDecoder().decode(bytes.subarray(0, PAYLOAD_LIMIT_BYTES)).replace(/\uFFFD$/, ''), truncated: true };
}

/** The assistant's newest message of this run. */
async function readReply({ endpoint, signal }: Waiting, run: RemoteRun): Promise<Reply | null> {
  const page = await requestOf('Reading the reply', () =>
    endpoint.client.beta.threads.messages.list(run.threadId, { run_id: run.runId, order: 'desc', limit: 1 }, { signal }),
  );
  const message = page.data[0];
  if (!message) return null;
  const text = message.content
    .flatMap((part) => (part.type === 'text' ? [part.text.value] : part.type === 'refusal' ? [part.refusal] : []))
    .join('\n');
  return { messageId: message.id, ...cut(text) };
}

/** Waits until the run ends or wants tools. */
export async function awaitRemoteRun(
  waiting: Waiting,
  registry: ToolRegistry,
  run: RemoteRun,
  toolQueue: string,
): Promise<AwaitedRun> {
  const { run: found, atMs } = await pollRun(waiting, run, (wire) => hasEnded(wire) || wire.status === 'requires_action');
  if (found.status === 'requires_action') {
    const calls = found.required_action?.submit_tool_outputs.tool_calls ?? [];
    return {
      kind: 'requires_action',
      calls: await routeCalls(registry, calls, toolQueue),
      expiresInMs: found.expires_at === null ? null : Math.max(0, found.expires_at * 1_000 - atMs),
    };
  }
  if (found.status === 'completed' || found.status === 'incomplete') {
    return {
      kind: 'completed',
      status: found.status,
      incompleteReason: found.incomplete_details?.reason ?? null,
      reply: await readReply(waiting, run),
      usage: found.usage as Usage | null,
    };
  }
  return { kind: 'failed', status: found.status as 'failed' | 'expired' | 'cancelled', error: found.last_error };
}
