import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type OpenAI from 'openai';
import { z } from 'zod';
import { failureTypes } from '../../contracts/failures.ts';
import { METADATA_TAG_KEY, type CreatedRun, type OrchestrateRunInput, type RunOrder } from '../../contracts/orchestrate-run.ts';
import { parseOrchestrateRunInput } from '../../contracts/parse-input.ts';
import type { ToolRegistry } from '../../tools/registry.ts';
import { hasEnded, pollRun, type EndpointContext, type WireRun } from './await-run.ts';
import { cancelRemoteRun } from './cancel-run.ts';
import type { Endpoint } from './endpoint.ts';
import { sendRequest } from './failure.ts';
import { activeRun, findTagged, isTagged } from './find-runs.ts';

/** Pause between attempts if the thread is said to be busy and no active run is found, in milliseconds. */
const RETRY_BUSY_MS = 250;

/** A workflow may be started without our client, so its input is validated here again. */
function validated(input: OrchestrateRunInput): OrchestrateRunInput {
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

/**
 * The given thread, or a new one. An empty thread is left over if the answer to its creation is lost and the endpoint does not
 * honour Idempotency-Keys.
 */
async function ensureThread({ endpoint, order }: Creation): Promise<string> {
  const { input, key } = order;
  if (input.threadId !== undefined) return input.threadId;
  const thread = await sendRequest(
    'Creating the thread',
    () =>
      endpoint.requestWithKey(`${key}:thread`, (options) =>
        endpoint.client.beta.threads.create({ metadata: { [METADATA_TAG_KEY]: key } }, options),
      ),
    failureTypes.invalidInput,
  );
  return thread.id;
}

interface RequestParts {
  message: { role: 'user'; content: OrchestrateRunInput['message']; metadata: Record<string, string> };
  /** The parameters of both ways to create a run. */
  params: { assistant_id: string; metadata: Record<string, string>; stream: false };
  headers: Record<string, string>;
}

function requestParts({ input, key }: RunOrder): RequestParts {
  const { overrides, messageMetadata, expiresAfterMs } = input;
  return {
    message: { role: 'user' as const, content: input.message, metadata: { ...messageMetadata, [METADATA_TAG_KEY]: key } },
    params: {
      ...overrides,
      assistant_id: input.assistantId,
      metadata: { ...overrides?.metadata, [METADATA_TAG_KEY]: key },
      stream: false,
    },
    headers: expiresAfterMs === undefined ? {} : { 'Run-Expires-After': String(Math.ceil(expiresAfterMs / 1_000)) },
  };
}

function requestRun<T>(request: () => Promise<T>): Promise<T> {
  return sendRequest('Creating the run', request, failureTypes.invalidInput);
}

/** Creates the message and the run with one POST. */
async function postRun({ endpoint, order }: Creation, threadId: string): Promise<WireRun> {
  const { message, params, headers } = requestParts(order);
  const body = { ...params, ...(order.withMessage && { additional_messages: [message] }) } as RunParams;
  return requestRun(() =>
    endpoint.requestWithKey(order.key, (options) =>
      endpoint.client.beta.threads.runs.create(threadId, body, { headers: { ...options.headers, ...headers } }),
    ),
  );
}

/** Creates the thread, the message and the run with one POST. Use it only if its key makes a repetition harmless. */
async function postThreadAndRun({ endpoint, order }: Creation): Promise<WireRun> {
  const { message, params, headers } = requestParts(order);
  const body = { ...params, thread: { messages: [message], metadata: { [METADATA_TAG_KEY]: order.key } } } as ThreadRunParams;
  return requestRun(() =>
    endpoint.requestWithKey(order.key, (options) =>
      endpoint.client.beta.threads.createAndRun(body, { headers: { ...options.headers, ...headers } }),
    ),
  );
}

/** Whether the input has overrides that the API accepts only on an existing thread. */
const needsThread = ({ overrides }: OrchestrateRunInput): boolean =>
  overrides?.additional_instructions != null || overrides?.reasoning_effort != null;

/** What the workflow needs to know about a run. */
function toCreatedRun(run: WireRun, { tools }: Creation, possiblyDuplicated: boolean): CreatedRun {
  const missingTools = run.tools.flatMap((tool) =>
    tool.type === 'function' && !tools.has(tool.function.name) ? [tool.function.name] : [],
  );
  return { threadId: run.thread_id, runId: run.id, possiblyDuplicated, missingTools };
}

const isBusy = (error: unknown): boolean => error instanceof ApplicationFailure && error.type === failureTypes.threadBusy;

/**
 * One attempt, which may be abandoned and repeated from its beginning. It creates the run if Idempotency-Keys make that
 * harmless, otherwise only the thread.
 */
export async function tryCreateRemoteRun(creation: Creation): Promise<{ threadId: string; run: CreatedRun | null }> {
  const { endpoint, order } = creation;
  const { assistantId, threadId: given, onBusyThread = 'fail' } = validated(order.input);
  if (!(await endpoint.honoursKeys(assistantId))) return { threadId: await ensureThread(creation), run: null };
  if (given === undefined && !needsThread(order.input)) {
    const run = toCreatedRun(await postThreadAndRun(creation), creation, false);
    return { threadId: run.threadId, run };
  }
  const threadId = await ensureThread(creation);
  try {
    return { threadId, run: toCreatedRun(await postRun(creation, threadId), creation, false) };
  } catch (error) {
    if (isBusy(error) && onBusyThread !== 'fail') return { threadId, run: null };
    throw error;
  }
}

/**
 * Creates the message and the run in one request. `repeated`: an earlier request for the same run may have been executed. If
 * the thread is busy, it does what `onBusyThread` says, and waits as long as necessary, until `waiting.signal` is aborted.
 */
export async function createRemoteRun(creation: Creation, waiting: EndpointContext, repeated: boolean): Promise<CreatedRun> {
  const { endpoint, order } = creation;
  const { onBusyThread = 'fail' } = validated(order.input);
  const threadId = await ensureThread(creation);
  // An endpoint that honours keys returns the same answer again.
  const possiblyDuplicated = repeated && endpoint.lacksIdempotency;
  const found = possiblyDuplicated ? await findTagged(waiting, threadId, order.key) : undefined;
  if (found) return toCreatedRun(found, creation, true);
  for (;;) {
    try {
      return toCreatedRun(await postRun(creation, threadId), creation, possiblyDuplicated);
    } catch (error) {
      if (!isBusy(error)) throw error;
      const active = await activeRun(waiting, threadId);
      // The earlier request was executed after all, late.
      if (active && isTagged(active, order.key)) return toCreatedRun(active, creation, true);
      if (onBusyThread === 'fail') throw error;
      if (!active) {
        await delay(RETRY_BUSY_MS, undefined, { signal: waiting.signal });
        continue;
      }
      const holder = { threadId, runId: active.id };
      if (onBusyThread === 'cancel-active') await cancelRemoteRun(waiting, holder);
      else await pollRun(waiting, holder, hasEnded);
    }
  }
}

/** Pauses before the searches for a request that was given up, in milliseconds: it may still be executed. */
const SEARCH_PAUSES_MS = [0, 1_000, 2_000];

/** The run of an order whose answer was lost; undefined if there is none. */
export async function findUnconfirmedRun(
  creation: Creation,
  waiting: EndpointContext,
): Promise<{ threadId: string; runId: string } | undefined> {
  const { endpoint, order } = creation;
  const { assistantId, threadId } = order.input;
  if (threadId === undefined) {
    // Without keys, no run is requested before its thread is known.
    if (!(await endpoint.honoursKeys(assistantId))) return undefined;
    const { run } = await tryCreateRemoteRun(creation);
    return run ?? undefined;
  }
  for (const pause of SEARCH_PAUSES_MS) {
    await delay(pause, undefined, { signal: waiting.signal });
    const found = await findTagged(waiting, threadId, order.key);
    if (found) return { threadId, runId: found.id };
  }
  return undefined;
}
