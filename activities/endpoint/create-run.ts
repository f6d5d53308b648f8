import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type OpenAI from 'openai';
import { z } from 'zod';
import { failureTypes } from '../../contracts/failures.ts';
import { TAG, type CreatedRun, type OrchestrateRunInput, type RunOrder } from '../../contracts/orchestrate-run.ts';
import { parseOrchestrateRunInput } from '../../contracts/parse-input.ts';
import type { ToolRegistry } from '../../tools/registry.ts';
import { hasEnded, pollRun, type Waiting, type WireRun } from './await-run.ts';
import { cancelRemoteRun } from './cancel-run.ts';
import type { Endpoint } from './endpoint.ts';
import { requestOf } from './failure.ts';
import { activeRun, findTagged, isTagged } from './find-runs.ts';

/** Between tries where the thread is said to be busy and no active run is found, in milliseconds. */
const AGAIN_MS = 250;

/** A workflow may be started without our client, so its input is checked here once more. */
function checked(input: OrchestrateRunInput): OrchestrateRunInput {
  try {
    return parseOrchestrateRunInput(input);
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw ApplicationFailure.nonRetryable(`The input of orchestrateRun is wrong: ${why}`, failureTypes.invalidInput);
  }
}

type RunParams = Parameters<OpenAI['beta']['threads']['runs']['create']>[1] & { stream: false };
type ThreadRunParams = Parameters<OpenAI['beta']['threads']['createAndRun']>[0] & { stream: false };

export interface Creation {
  endpoint: Endpoint;
  tools: ToolRegistry;
  order: RunOrder;
}

/** The thread that is named, or a new one: an empty one is left over if the answer to its creation gets lost elsewhere. */
async function ensureThread({ endpoint, order }: Creation): Promise<string> {
  const { input, key } = order;
  if (input.threadId !== undefined) return input.threadId;
  const thread = await requestOf(
    'Creating the thread',
    () =>
      endpoint.keyed(`${key}:thread`, (options) => endpoint.client.beta.threads.create({ metadata: { [TAG]: key } }, options)),
    failureTypes.invalidInput,
  );
  return thread.id;
}

interface Posted {
  message: { role: 'user'; content: OrchestrateRunInput['message']; metadata: Record<string, string> };
  /** What both ways to create a run take. */
  params: { assistant_id: string; metadata: Record<string, string>; stream: false };
  headers: Record<string, string>;
}

function posted({ input, key }: RunOrder): Posted {
  const { overrides, messageMetadata, expiresAfterMs } = input;
  return {
    message: { role: 'user' as const, content: input.message, metadata: { ...messageMetadata, [TAG]: key } },
    params: {
      ...overrides,
      assistant_id: input.assistantId,
      metadata: { ...overrides?.metadata, [TAG]: key },
      stream: false,
    },
    headers: expiresAfterMs === undefined ? {} : { 'Run-Expires-After': String(Math.ceil(expiresAfterMs / 1_000)) },
  };
}

function runParams<T>(request: () => Promise<T>): Promise<T> {
  return requestOf('Creating the run', request, failureTypes.invalidInput);
}

/** One POST with the message and the run. */
async function postRun({ endpoint, order }: Creation, threadId: string): Promise<WireRun> {
  const { message, params, headers } = posted(order);
  const body = { ...params, ...(order.withMessage && { additional_messages: [message] }) } as RunParams;
  return runParams(() =>
    endpoint.keyed(order.key, (options) =>
      endpoint.client.beta.threads.runs.create(threadId, body, { headers: { ...options.headers, ...headers } }),
    ),
  );
}

/** One POST with the thread, the message and the run. Only where its key makes its repetition harmless. */
async function postThreadAndRun({ endpoint, order }: Creation): Promise<WireRun> {
  const { message, params, headers } = posted(order);
  const body = { ...params, thread: { messages: [message], metadata: { [TAG]: order.key } } } as ThreadRunParams;
  return runParams(() =>
    endpoint.keyed(order.key, (options) =>
      endpoint.client.beta.threads.createAndRun(body, { headers: { ...options.headers, ...headers } }),
    ),
  );
}

/** The API takes these only on a thread that exists. */
const needsThread = ({ overrides }: OrchestrateRunInput): boolean =>
  overrides?.additional_instructions != null || overrides?.reasoning_effort != null;

/** What the workflow has to know of a run. */
function created(run: WireRun, { tools }: Creation, possiblyDuplicated: boolean): CreatedRun {
  const missingTools = run.tools.flatMap((tool) =>
    tool.type === 'function' && !tools.has(tool.function.name) ? [tool.function.name] : [],
  );
  return { threadId: run.thread_id, runId: run.id, possiblyDuplicated, missingTools };
}

const isBusy = (error: unknown): boolean => error instanceof ApplicationFailure && error.type === failureTypes.threadBusy;

/**
 * One try, that may be forgotten and done again from its beginning: to the run where Idempotency-Keys make that harmless,
 * else to the thread.
 */
export async function tryCreateRemoteRun(creation: Creation): Promise<{ threadId: string; run: CreatedRun | null }> {
  const { endpoint, order } = creation;
  const { assistantId, threadId: given, onBusyThread = 'fail' } = checked(order.input);
  if (!(await endpoint.honoursKeys(assistantId))) return { threadId: await ensureThread(creation), run: null };
  if (given === undefined && !needsThread(order.input)) {
    const run = created(await postThreadAndRun(creation), creation, false);
    return { threadId: run.threadId, run };
  }
  const threadId = await ensureThread(creation);
  try {
    return { threadId, run: created(await postRun(creation, threadId), creation, false) };
  } catch (error) {
    if (isBusy(error) && onBusyThread !== 'fail') return { threadId, run: null };
    throw error;
  }
}

/**
 * Creates the message and the run in one request. `repeated`: an earlier request for the same may have been executed. Where
 * the thread is busy it does as `onBusyThread` says, waiting as long as it takes; `waiting.signal` ends that.
 */
export async function createRemoteRun(creation: Creation, waiting: Waiting, repeated: boolean): Promise<CreatedRun> {
  const { endpoint, order } = creation;
  const { onBusyThread = 'fail' } = checked(order.input);
  const threadId = await ensureThread(creation);
  // An endpoint that honours keys gives the same answer again.
  const possiblyDuplicated = repeated && endpoint.lacksIdempotency;
  const found = possiblyDuplicated ? await findTagged(waiting, threadId, order.key) : undefined;
  if (found) return created(found, creation, true);
  for (;;) {
    try {
      return created(await postRun(creation, threadId), creation, possiblyDuplicated);
    } catch (error) {
      if (!isBusy(error)) throw error;
      const active = await activeRun(waiting, threadId);
      // It came through after all, late.
      if (active && isTagged(active, order.key)) return created(active, creation, true);
      if (onBusyThread === 'fail') throw error;
      if (!active) {
        await delay(AGAIN_MS, undefined, { signal: waiting.signal });
        continue;
      }
      const holder = { threadId, runId: active.id };
      if (onBusyThread === 'cancel-active') await cancelRemoteRun(waiting, holder);
      else await pollRun(waiting, holder, hasEnded);
    }
  }
}

/** For how long a request that was given up is looked for, in milliseconds: it may be executed yet. */
const LATE_MS = [0, 1_000, 2_000];

/** The run of an order whose answer got lost: undefined if there is none. */
export async function findUnconfirmedRun(
  creation: Creation,
  waiting: Waiting,
): Promise<{ threadId: string; runId: string } | undefined> {
  const { endpoint, order } = creation;
  const { assistantId, threadId } = order.input;
  if (threadId === undefined) {
    // Elsewhere no run is asked for before its thread is known.
    if (!(await endpoint.honoursKeys(assistantId))) return undefined;
    const { run } = await tryCreateRemoteRun(creation);
    return run ?? undefined;
  }
  for (const pause of LATE_MS) {
    await delay(pause, undefined, { signal: waiting.signal });
    const found = await findTagged(waiting, threadId, order.key);
    if (found) return { threadId, runId: found.id };
  }
  return undefined;
}
