import { setTimeout as delay } from 'node:timers/promises';
import type OpenAI from 'openai';
import { PAYLOAD_LIMIT_BYTES } from '../../contracts/limits.ts';
import type { AwaitedRun, RemoteRun, Reply } from '../../contracts/orchestrate-run.ts';
import { isTerminal } from '../../domain/run-state.ts';
import type { Usage } from '../../schemas/usage.ts';
import { routeCalls } from '../../tools/route-calls.ts';
import type { ToolRegistry } from '../../tools/registry.ts';
import type { Endpoint } from './endpoint.ts';
import { sendRequest } from './failure.ts';

export type WireRun = Awaited<ReturnType<OpenAI['beta']['threads']['runs']['retrieve']>>;

/** How long a long poll to our server may take, in seconds. */
const LONG_POLL_SECONDS = 20;
/** Back-off if the endpoint neither supports long polls nor says when to poll again, in milliseconds. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

export interface EndpointContext {
  endpoint: Endpoint;
  signal: AbortSignal;
}

/** A Date header has whole seconds: clocks that differ by less than this count as the same, in milliseconds. */
const SAME_CLOCK_MS = 2_000;

/** The endpoint's time in Unix milliseconds. It errs on the late side. */
function endpointTimeMs(date: string | null): number {
  const ownMs = Date.now();
  const endpointMs = Date.parse(date ?? '');
  return Number.isNaN(endpointMs) || Math.abs(endpointMs - ownMs) < SAME_CLOCK_MS ? ownMs : endpointMs + 1_000;
}

/**
 * Polls the run until `enough` returns true: with long polls if the endpoint supports them (`Prefer: wait`), otherwise with the
 * pause that `openai-poll-after-ms` asks for, or with back-off. Also returns the endpoint's time (`atMs`), in Unix
 * milliseconds.
 */
export async function pollRun(
  { endpoint, signal }: EndpointContext,
  run: RemoteRun,
  enough: (run: WireRun) => boolean,
): Promise<{ run: WireRun; atMs: number }> {
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    const longPoll = endpoint.supportsLongPolls !== false && {
      headers: { Prefer: `wait=${LONG_POLL_SECONDS}` },
      timeout: LONG_POLL_SECONDS * 1_000 + endpoint.requestTimeoutMs,
    };
    const { data, response } = await sendRequest('Asking for the run', () =>
      endpoint.client.beta.threads.runs.retrieve(run.runId, { thread_id: run.threadId }, { ...longPoll, signal }).withResponse(),
    );
    const applied = response.headers.has('preference-applied');
    if (longPoll) endpoint.supportsLongPolls = applied;
    if (enough(data)) return { run: data, atMs: endpointTimeMs(response.headers.get('date')) };
    if (applied) continue;
    const pollAfterMs = Number(response.headers.get('openai-poll-after-ms') ?? Number.NaN);
    await delay(Number.isFinite(pollAfterMs) ? pollAfterMs : pause, undefined, { signal });
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
async function readReply({ endpoint, signal }: EndpointContext, run: RemoteRun): Promise<Reply | null> {
  const page = await sendRequest('Reading the reply', () =>
    endpoint.client.beta.threads.messages.list(run.threadId, { run_id: run.runId, order: 'desc', limit: 1 }, { signal }),
  );
  const message = page.data[0];
  if (!message) return null;
  const text = message.content
    .flatMap((part) => (part.type === 'text' ? [part.text.value] : part.type === 'refusal' ? [part.refusal] : []))
    .join('\n');
  return { messageId: message.id, ...cut(text) };
}

/** Waits until the run ends or requires action. */
export async function awaitRemoteRun(
  waiting: EndpointContext,
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
