// real Temporal, one process: what is done about runs, tools and times that do not go well
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { AssistantRunError, type AssistantRun, type StartOptions } from 'durable-assistants/client';
import { defineTool, type Tool, type ToolContext } from 'durable-assistants/tools';
import type { ScriptedTurn } from 'durable-assistants/scripted-model';
import { call, modelScript, playModelScript } from '../helpers/model-script.ts';
import { withService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { inWhole } from '../helpers/extent.ts';

const broken = (): never => {
  throw ApplicationFailure.nonRetryable('the warehouse is closed');
};
const calls: string[] = [];
const contexts: ToolContext[] = [];

const tools: Tool[] = [
  defineTool({ name: 'broken', parameters: z.object({}), execute: broken }),
  defineTool({ name: 'broken_told', parameters: z.object({}), onFailure: 'tell-model', execute: broken }),
  defineTool({
    name: 'strict',
    parameters: z.object({ id: z.string() }),
    onInvalidArguments: 'fail',
    execute: () => 'done',
  }),
  defineTool({ name: 'idempotent', parameters: z.object({}), idempotent: true, execute: () => void calls.push('idempotent') }),
  defineTool({ name: 'once', parameters: z.object({}), execute: () => void calls.push('once') }),
  defineTool({ name: 'slow', parameters: z.object({}), execute: (_input, { signal }) => delay(60_000, 'slow', { signal }) }),
  defineTool({
    name: 'too_slow',
    parameters: z.object({}),
    scheduleToCloseTimeout: '400 milliseconds',
    execute: (_input, { signal }) => delay(60_000, 'slow', { signal }),
  }),
  defineTool({ name: 'nobody', parameters: z.object({}), taskQueue: 'nobody-polls', scheduleToStartTimeout: 300 }),
  defineTool({ name: 'nobody_ever', parameters: z.object({}), taskQueue: 'nobody-polls' }),
  defineTool({
    name: 'telling',
    parameters: z.object({}),
    execute: async (_input, context) => {
      contexts.push(context);
      context.heartbeat({ done: '40 %' });
      context.logger.info('on the way', { done: 40 });
      await delay(1_500);
      return { told: true };
    },
  }),
];

/** How often the model has failed for a message that begins with a number: that many times. */
const failures = new Map<string, number>();

/** `2 rate …`: the model fails twice with 429, then does what the rest says. Otherwise as the words say. */
function script(request: Parameters<typeof playModelScript>[0]): ScriptedTurn {
  const words = String(request.messages.findLast(({ role }) => role === 'user')?.content);
  const planned = /^(\d+) (rate|bad) (.*)$/s.exec(words);
  if (!planned) return playModelScript(request);
  const [, times, kind, rest] = planned;
  const messages = request.messages.map((message) => (message.role === 'user' ? { ...message, content: rest! } : message));
  const turn = playModelScript({ ...request, messages });
  const failed = failures.get(words) ?? 0;
  if (turn.toolCalls || failed >= Number(times)) return turn;
  failures.set(words, failed + 1);
  return { error: { status: kind === 'rate' ? 429 : 400, headers: { 'x-should-retry': 'false' } } };
}

let assistantId: string;

const service = withService({ script, tools });
beforeAll(async () => {
  assistantId = await service.assistantWith(tools);
});
beforeEach(() => {
  calls.length = 0;
});

const start = (message: string, options: Partial<StartOptions> = {}): Promise<AssistantRun> =>
  service.assistants.start({ assistantId, message, ...options });
const failureOf = async (run: AssistantRun): Promise<AssistantRunError> => {
  const error = await run.result().catch((caught: unknown) => caught);
  if (!(error instanceof AssistantRunError)) throw new Error(`expected an AssistantRunError, got ${JSON.stringify(error)}`);
  return error;
};
const runsOf = async (threadId: string) => (await service.openai.beta.threads.runs.list(threadId, { order: 'asc' })).data;

describe('failed runs', () => {
  test('a rate limit → as many runs as it takes, the message once', async () => {
    const run = await start(`2 rate ${modelScript({ text: 'at last' })}`, { onFailedRun: { maxRuns: 3 } });
    const result = await run.result();
    expect(result).toMatchObject({ runs: 3, reply: { text: 'at last' } });
    expect((await runsOf(result.threadId)).map(({ status }) => status)).toEqual(['failed', 'failed', 'completed']);
    const { data } = await service.openai.beta.threads.messages.list(result.threadId);
    expect(data.map(({ role }) => role)).toEqual(['assistant', 'user']);
  });

  test('more failures than runs → RunFailed, that says how many', async () => {
    const error = await failureOf(await start(`9 rate ${modelScript({ text: 'never' })}`, { onFailedRun: { maxRuns: 2 } }));
    expect(error).toMatchObject({ type: 'RunFailed', message: expect.stringMatching(/the last of 2.*rate_limit_exceeded/) });
    expect(await runsOf(error.threadId!)).toHaveLength(2);
  });

  test('without the policy → one run', async () => {
    const error = await failureOf(await start(`1 rate ${modelScript({ text: 'never' })}`));
    expect(await runsOf(error.threadId!)).toHaveLength(1);
  });

  test('after a tool has run → no new run, unless it may run again', async () => {
    const once = await failureOf(await start(`1 rate ${modelScript(call('once'))}`, { onFailedRun: { maxRuns: 3 } }));
    expect(await runsOf(once.threadId!)).toHaveLength(1);
    expect(calls).toEqual(['once']);
    const again = await (await start(`1 rate ${modelScript(call('idempotent'))}`, { onFailedRun: { maxRuns: 3 } })).result();
    expect(again).toMatchObject({ runs: 2, rounds: 2 });
    expect(calls).toEqual(['once', 'idempotent', 'idempotent']);
  });

  inWhole('expired → a new run only if asked', async () => {
    const message = modelScript(call('nobody_ever'));
    const error = await failureOf(await start(message, { expiresAfter: '1 second', onFailedRun: { maxRuns: 2 } }));
    expect(error.type).toBe('RunExpired');
    expect(await runsOf(error.threadId!)).toHaveLength(1);
    const quiet = modelScript({ text: 'late', delayMs: 1_500 });
    const again = await failureOf(await start(quiet, { expiresAfter: '1 second', onFailedRun: { maxRuns: 2, expired: true } }));
    expect((await runsOf(again.threadId!)).map(({ status }) => status)).toEqual(['expired', 'expired']);
  });
});

describe('tools', () => {
  test('onFailure tell-model → the model is told, and the run goes on', async () => {
    const result = await (await start(modelScript(call('broken_told')))).result();
    expect(result.toolCalls).toMatchObject([{ outcome: 'failed' }]);
    expect(result.reply?.text).toContain('the warehouse is closed');
    expect(await failureOf(await start(modelScript(call('broken'))))).toMatchObject({ type: 'ToolFailed' });
  });

  test('onInvalidArguments fail → InvalidArguments, the remote run cancelled', async () => {
    const error = await failureOf(await start(modelScript(call('strict', { id: 7 }))));
    expect(error).toMatchObject({ type: 'InvalidArguments', message: expect.stringContaining("called 'strict' wrongly") });
    expect((await runsOf(error.threadId!)).map(({ status }) => status)).toEqual(['cancelled']);
  });

  test.each(['too_slow', 'nobody'])('a time that a tool has is over (%s) → ToolFailed', async (name) => {
    expect(await failureOf(await start(modelScript(call(name))))).toMatchObject({ type: 'ToolFailed' });
  });

  inWhole('a queue that nobody polls → RunExpired when the run expires, not a workflow for ever', async () => {
    const error = await failureOf(await start(modelScript(call('nobody_ever')), { expiresAfter: '2 seconds' }));
    expect(error.type).toBe('RunExpired');
  });

  test('what a handler is given: keys, a logger, heartbeats with details', async () => {
    const run = await start(modelScript(call('telling')));
    const details = await waitUntil('the heartbeat', async () => {
      const { raw } = await service.temporal.workflow.getHandle(run.workflowId).describe();
      const payload = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'tool:telling')?.heartbeatDetails;
      return payload?.payloads?.[0]?.data ?? null;
    });
    expect(JSON.parse(Buffer.from(details).toString())).toEqual({ done: '40 %' });
    const { runId, threadId, toolCalls } = await run.result();
    const { callId } = toolCalls[0]!;
    expect(contexts[0]).toMatchObject({ runId, threadId, callId, idempotencyKey: `${runId}:${callId}`, attempt: 1 });
  });

  test('tools that no worker has are named where the run is looked at', async () => {
    const { id } = await service.openai.beta.assistants.create({
      model: 'm',
      tools: [{ type: 'function', function: { name: 'unheard_of' } }],
    });
    const run = await start(modelScript(call('slow')), { assistantId: id });
    const details = await waitUntil('the details', async () => {
      const handle = service.temporal.workflow.getHandle(run.workflowId);
      const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
      return metadata.currentDetails?.includes('no worker has') ? metadata.currentDetails : null;
    });
    expect(details).toContain('unheard_of');
    await run.cancel();
    await failureOf(run);
  });
});

describe('deadlines', () => {
  test.each([
    ['in a tool', modelScript(call('slow'))],
    ['mid model call', modelScript({ text: 'late', delayMs: 30_000 })],
  ])('of a round, %s → DeadlineExceeded, the remote run cancelled', async (_state, message) => {
    const error = await failureOf(await start(message, { roundDeadline: '500 milliseconds' }));
    expect(error).toMatchObject({ type: 'DeadlineExceeded', message: expect.stringContaining('A round of run') });
    expect((await runsOf(error.threadId!)).map(({ status }) => status)).toEqual(['cancelled']);
  });

  test('rounds within theirs → the run may take longer than one', async () => {
    const pause = { ...call('once'), delayMs: 500 };
    const result = await (await start(modelScript(pause, pause, pause), { roundDeadline: '1500 milliseconds' })).result();
    expect(result.rounds).toBe(3);
  });
});

test.each<[Partial<StartOptions>, string]>([
  [{ deadline: 'soon' as never }, 'deadline'],
  [{ roundDeadline: '10' }, 'roundDeadline: say the unit'],
  [{ expiresAfter: '31 days' }, 'at expiresAfter, in milliseconds'],
  [{ onBusyThread: 'later' as never }, 'onBusyThread'],
  [{ onFailedRun: { maxRuns: 0 } }, 'maxRuns'],
  [{ messageMetadata: Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, 'v'])) }, 'more than 15 pairs'],
  [{ overrides: { metadata: { durable_assistants: 'mine' } } }, 'used for finding the run again'],
])('wrong input %# → a typed error that names it', async (options, named) => {
  await expect(start('hi', options)).rejects.toThrow(named);
});
