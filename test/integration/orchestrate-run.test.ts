// real Temporal, one process
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { defaultPayloadConverter } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { AssistantRunError, InvalidRunInputError, type AssistantRun } from 'durable-assistants/client';
import type { ScriptedRequest, ScriptedTurn } from 'durable-assistants/scripted-model';
import { defineTool, type Tool } from 'durable-assistants/tools';
import { provideTemporal } from '../../embedded/temporal/provide.ts';
import { randomFrom } from '../helpers/random.ts';
import { call, modelScript, playModelScript } from '../helpers/model-script.ts';
import { withService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const effects = new Map<string, number>();
const seenSignals: AbortSignal[] = [];

const tools: Tool[] = [
  defineTool({
    name: 'query_order',
    description: 'Look up an order.',
    parameters: z.object({ order_id: z.string() }),
    execute: ({ order_id }, { idempotencyKey }) => {
      effects.set(idempotencyKey, (effects.get(idempotencyKey) ?? 0) + 1);
      return { order_id, status: 'shipped' };
    },
  }),
  defineTool({
    name: 'flaky',
    parameters: z.object({}),
    retry: { maximumAttempts: 5, initialInterval: 10 },
    execute: (_input, { attempt }) => {
      if (attempt < 3) throw new Error(`outage ${attempt}`);
      return `worked at attempt ${attempt}`;
    },
  }),
  defineTool({
    name: 'broken',
    parameters: z.object({}),
    execute: () => {
      throw ApplicationFailure.nonRetryable('the warehouse is closed');
    },
  }),
  defineTool({
    name: 'slow',
    parameters: z.object({}),
    async execute(_input, { signal }) {
      seenSignals.push(signal);
      await delay(60_000, undefined, { signal, ref: false });
      return 'slow';
    },
  }),
  defineTool({ name: 'large', parameters: z.object({}), execute: () => 'x'.repeat(60_000) }),
  defineTool({
    name: 'pause',
    parameters: z.object({}),
    async execute(_input, { signal }) {
      await delay(800, undefined, { signal });
      return 'paused';
    },
  }),
  defineTool({ name: 'huge', parameters: z.object({}), execute: () => 'x'.repeat(70_000) }),
];

/** As the words say, and two turns that would be too long to say. */
function script(request: ScriptedRequest): ScriptedTurn {
  const words = String(request.messages.findLast(({ role }) => role === 'user')?.content);
  if (request.messages.at(-1)?.role !== 'tool') {
    if (words === 'too many arguments') {
      return {
        toolCalls: Array.from({ length: 30 }, () => ({ name: 'query_order', arguments: { order_id: 'x'.repeat(60_000) } })),
      };
    }
    if (words === 'a very long name') return { toolCalls: [{ name: 'n'.repeat(128), arguments: '{}' }] };
  }
  return playModelScript(request);
}

let assistantId: string;

const service = withService({ script, tools, ownTemporal: true });
beforeAll(async () => {
  assistantId = await service.assistantWith(tools);
});
beforeEach(() => effects.clear());

const start = (
  message: string,
  options: { threadId?: string; deadline?: '1 second' | '300 milliseconds' } = {},
): Promise<AssistantRun> => service.assistants.start({ assistantId, message, ...options });
const failure = async (run: AssistantRun): Promise<AssistantRunError> => {
  const error = await run.result().catch((caught: unknown) => caught);
  if (!(error instanceof AssistantRunError)) throw new Error(`expected an AssistantRunError, got ${String(error)}`);
  return error;
};
const remote = (threadId: string, runId: string) => service.openai.beta.threads.runs.retrieve(runId, { thread_id: threadId });
const running = (run: AssistantRun) =>
  waitUntil('the remote run', async () => {
    const { threadId, runId } = await run.status();
    return threadId && runId ? { threadId, runId } : null;
  });
/** The remote run, once it waits for outputs. */
const waiting = async (run: AssistantRun) => {
  const ids = await running(run);
  await waitUntil('requires_action', async () => (await remote(ids.threadId, ids.runId)).status === 'requires_action');
  return ids;
};
async function expectFree(threadId: string): Promise<void> {
  await service.openai.beta.threads.messages.create(threadId, { role: 'user', content: 'still there?' });
}

describe('a run with one tool round', () => {
  test('creates message and run, calls the tool as an activity, submits, replies', async () => {
    const run = await start(modelScript(call('query_order', { order_id: 'ORD001' })));
    const result = await run.result();
    expect(result).toMatchObject({
      status: 'completed',
      reply: { text: '{"order_id":"ORD001","status":"shipped"}', truncated: false },
      rounds: 1,
      toolCalls: [{ round: 1, name: 'query_order', outcome: 'completed' }],
    });
    expect(result.usage?.total_tokens).toBeGreaterThan(0);
    expect([...effects.values()]).toEqual([1]);
  });

  test('can be read in Temporal: summaries, details, tool names, and at most 35 events', async () => {
    const run = await start(modelScript(call('query_order', { order_id: 'ORD002' })));
    const { threadId, runId } = await run.result();
    const handle = service.temporal.workflow.getHandle(run.workflowId);
    const description = await handle.describe();
    expect(await description.staticSummary()).toContain('query_order');
    expect(await description.staticDetails()).toContain(assistantId);
    expect(description.memo).toMatchObject({ assistantId, threadId, runId });
    const { events } = await handle.fetchHistory();
    const scheduled = (events ?? []).flatMap((event) => {
      const attributes = event.activityTaskScheduledEventAttributes;
      const summary = event.userMetadata?.summary;
      return attributes ? [[attributes.activityType?.name, summary && defaultPayloadConverter.fromPayload(summary)]] : [];
    });
    expect(scheduled).toEqual([
      ['awaitRun', 'Wait for the assistant'],
      ['tool:query_order', 'query_order({"order_id":"ORD002"})'],
      ['submitAndAwait', 'Submit the output of round 1, then wait'],
    ]);
    expect(events!.length).toBeLessThanOrEqual(35);
    const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain(runId);
    expect(run.inspectUrl).toBe(`${service.service.uiUrl}/namespaces/default/workflows/${run.workflowId}`);
  });

  test('the server’s own history is 11 events for a plain run, and holds nothing of what was said', async () => {
    const { runId } = await (await start('the secret word is rhubarb')).result();
    const { events } = await waitUntil('the end of executeRun', async () => {
      const history = await service.temporal.workflow.getHandle(runId).fetchHistory();
      return history.events?.at(-1)?.workflowExecutionCompletedEventAttributes ? history : null;
    });
    expect(events).toHaveLength(11);
    const payloads = JSON.stringify(events, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(payloads).toContain(runId);
    expect(payloads).not.toContain('rhubarb');
  });

  test('an override that the API takes only with a thread that exists works with a new one too', async () => {
    const run = await service.assistants.start({
      assistantId,
      message: 'hi',
      overrides: { additional_instructions: 'Be brief.' },
    });
    const { threadId, runId } = await run.result();
    expect((await remote(threadId, runId)).instructions).toBe('Be brief.');
  });

  test('the run, its message and its thread name the workflow in their metadata; a workflow id may be any text', async () => {
    const run = await service.assistants.start({ assistantId, message: 'hi', workflowId: `Bestellung № ${Date.now()}` });
    const { threadId, runId } = await run.result();
    const tag = expect.stringContaining(run.workflowId) as unknown as string;
    expect((await remote(threadId, runId)).metadata).toEqual({ durable_assistants: tag });
    const { data } = await service.openai.beta.threads.messages.list(threadId, { order: 'asc' });
    expect(data.map(({ metadata }) => metadata)).toEqual([{ durable_assistants: tag }, {}]);
  });

  test('the next message goes on with the thread', async () => {
    const { threadId } = await (await start('one')).result();
    const { reply } = await (await start('two', { threadId })).result();
    expect(reply?.text).toBe('You said two');
    const { data } = await service.openai.beta.threads.messages.list(threadId);
    expect(data.map((message) => message.role)).toEqual(['assistant', 'user', 'assistant', 'user']);
  });

  test('watch tells what happens, with attempts', async () => {
    const run = await start(modelScript(call('flaky')));
    const kinds: string[] = [];
    for await (const progress of run.watch())
      kinds.push('tool' in progress && progress.tool ? `${progress.kind} ${progress.tool}` : progress.kind);
    expect(kinds.at(0)).toBe('started');
    expect(kinds).toContain('step_completed flaky');
    expect(kinds.at(-1)).toBe('ended');
  });

  test('started twice with one workflow id → one run', async () => {
    const options = { assistantId, message: 'once', workflowId: `once-${Date.now()}` };
    const [first, second] = await Promise.all([service.assistants.start(options), service.assistants.start(options)]);
    expect((await first.result()).runId).toBe((await second.result()).runId);
    const third = await service.assistants.start(options);
    expect((await third.result()).runId).toBe((await first.result()).runId);
  });
});

describe('what models do', () => {
  test('a tool that fails twice is tried again, with the attempt in its history', async () => {
    const result = await (await start(modelScript(call('flaky')))).result();
    expect(result.reply?.text).toBe('worked at attempt 3');
  });

  test('an unknown tool and broken JSON → the model is told and may try again', async () => {
    const run = await start(
      modelScript(call('no_such_tool'), call('query_order', '{"order_id":'), call('query_order', { order_id: 'ORD003' })),
    );
    const result = await run.result();
    expect(result.rounds).toBe(3);
    expect(result.toolCalls.map(({ outcome }) => outcome)).toEqual(['unknown_tool', 'invalid_arguments', 'completed']);
    expect(result.reply?.text).toContain('There is no tool named');
    expect(effects.size).toBe(1);
  });

  test('100 calls in one turn are done at once, each once', async () => {
    const toolCalls = Array.from({ length: 100 }, (_, index) => ({
      name: 'query_order',
      arguments: { order_id: `ORD${index}` },
    }));
    const result = await (await start(modelScript({ toolCalls }))).result();
    expect(result.toolCalls).toHaveLength(100);
    expect([...effects.values()]).toEqual(Array.from({ length: 100 }, () => 1));
  });

  test('text and calls in one turn → a message step, then a tool step', async () => {
    const { threadId, runId } = await (
      await start(modelScript({ text: 'One moment.', ...call('query_order', { order_id: 'ORD004' }) }, { text: 'Here.' }))
    ).result();
    const steps = await service.openai.beta.threads.runs.steps.list(runId, { thread_id: threadId, order: 'asc' });
    expect(steps.data.map((step) => step.type)).toEqual(['message_creation', 'tool_calls', 'message_creation']);
    const run = await remote(threadId, runId);
    expect(run.usage?.total_tokens).toBe(steps.data.reduce((sum, step) => sum + (step.usage?.total_tokens ?? 0), 0));
  });

  test('an empty answer → completed, with an empty reply', async () => {
    expect(await (await start(modelScript({ text: '' }))).result()).toMatchObject({ status: 'completed', reply: { text: '' } });
  });

  test('an answer cut by its length → incomplete', async () => {
    expect(await (await start(modelScript({ text: 'half', finishReason: 'length' }))).result()).toMatchObject({
      status: 'incomplete',
      incompleteReason: 'max_completion_tokens',
      reply: { text: 'half' },
    });
  });
});

describe('failures leave no run behind', () => {
  test('a tool that fails for good → ToolFailed, the remote run cancelled, the thread free', async () => {
    const error = await failure(await start(modelScript(call('broken'))));
    expect(error).toMatchObject({ type: 'ToolFailed' });
    expect(error.message).toContain("'broken' failed: the warehouse is closed");
    expect((await remote(error.threadId!, error.runId!)).status).toBe('cancelled');
    await expectFree(error.threadId!);
  });

  test('an output beyond 64 KiB → ToolFailed that says the limit', async () => {
    expect((await failure(await start(modelScript(call('huge'))))).message).toContain('at most 65536');
  });

  test('the model refuses → RunFailed with the real cause', async () => {
    const error = await failure(
      await start(modelScript({ error: { status: 400, body: { error: { message: 'context too long', type: 'invalid' } } } })),
    );
    expect(error).toMatchObject({ type: 'RunFailed' });
    expect(error.message).toContain('context too long');
  });

  test('an unknown assistant → InvalidInput, at once', async () => {
    const run = await service.assistants.start({ assistantId: 'asst_none', message: 'hi' });
    expect(await failure(run)).toMatchObject({ type: 'InvalidInput' });
  });

  test('a busy thread → ThreadBusy, and the active run is left alone', async () => {
    const first = await start(modelScript(call('slow')));
    const { threadId, runId } = await running(first);
    expect(await failure(await start('me too', { threadId }))).toMatchObject({ type: 'ThreadBusy' });
    expect(['queued', 'in_progress', 'requires_action']).toContain((await remote(threadId, runId)).status);
    await first.cancel();
    await failure(first);
  });

  test.each([
    [{ assistantId: 'thread_1', message: 'x' }, 'assistantId'],
    [{ assistantId: 'asst_1', message: '' }, 'message'],
    [{ assistantId: 'asst_1', message: 'x'.repeat(70_000) }, 'larger than 65536 bytes'],
    [{ assistantId: 'asst_1', message: 'x', deadline: 'soon' as '1 second' }, 'deadline'],
    [{ assistantId: 'asst_1', message: 'x', overrides: { temperature: 9 } }, 'temperature'],
  ])('wrong input %# → a typed error, nothing started', async (options, named) => {
    const error = await service.assistants.start(options).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidRunInputError);
    expect((error as Error).message).toContain(named);
  });
});

describe('a run that ends while a tool is at work is reported as what it became', () => {
  test('cancelled by somebody else → RunCancelled', async () => {
    const run = await start(modelScript(call('pause')));
    const { threadId, runId } = await waiting(run);
    await service.openai.beta.threads.runs.cancel(runId, { thread_id: threadId });
    expect(await failure(run)).toMatchObject({ type: 'RunCancelled' });
  });

  test('answered by somebody else → its answer is the result', async () => {
    const run = await start(modelScript(call('pause'), { text: 'answered' }));
    const { threadId, runId } = await waiting(run);
    const { required_action: required } = await remote(threadId, runId);
    const [first] = required!.submit_tool_outputs.tool_calls;
    await service.openai.beta.threads.runs.submitToolOutputs(runId, {
      thread_id: threadId,
      tool_outputs: [{ tool_call_id: first!.id, output: 'somebody else' }],
    });
    expect((await run.result()).reply?.text).toBe('answered');
  });
});

describe('rounds that are too large for Temporal', () => {
  const many = (count: number, name: string, args: object): ScriptedTurn => ({
    toolCalls: Array.from({ length: count }, () => ({ name, arguments: args as Record<string, unknown> })),
  });

  test('outputs of more than 1 MiB together → ToolFailed, the remote run cancelled', async () => {
    const error = await failure(await start(modelScript(many(30, 'large', {}))));
    expect(error).toMatchObject({ type: 'ToolFailed' });
    expect(error.message).toContain('at most 1048576');
    expect((await remote(error.threadId!, error.runId!)).status).toBe('cancelled');
  });

  test('arguments of more than 1 MiB together → the model is told', async () => {
    const order_id = 'x'.repeat(60_000);
    const run = await service.assistants.start({ assistantId, message: 'too many arguments' });
    const result = await run.result();
    expect(result.toolCalls.filter(({ outcome }) => outcome === 'completed')).toHaveLength(
      Math.floor((1024 * 1024) / JSON.stringify({ order_id }).length),
    );
    expect(result.toolCalls.filter(({ outcome }) => outcome === 'invalid_arguments').length).toBeGreaterThan(0);
  });

  test('a tool name of 128 characters → an unknown tool, its name cut', async () => {
    const result = await (await service.assistants.start({ assistantId, message: 'a very long name' })).result();
    expect(result.toolCalls).toMatchObject([{ name: 'n'.repeat(64), outcome: 'unknown_tool' }]);
  });
});

describe('deadlines and cancels end the remote run', () => {
  const states: [string, string][] = [
    ['mid model call', modelScript({ text: 'late', delayMs: 30_000 })],
    ['in a tool', modelScript(call('slow'))],
    ['in a retry of a model that is down', modelScript({ error: { status: 503, headers: { 'retry-after': '30' } } })],
  ];

  test.each(states)('cancel %s', async (_state, message) => {
    const run = await start(message);
    const { threadId, runId } = await running(run);
    await delay(150);
    const asked = Date.now();
    await run.cancel();
    expect(await failure(run)).toMatchObject({ type: 'Cancelled' });
    expect(Date.now() - asked).toBeLessThan(5_000);
    expect((await remote(threadId, runId)).status).toBe('cancelled');
    await expectFree(threadId);
  });

  test.each(states)('a deadline passes %s', async (_state, message) => {
    const run = await start(message, { deadline: '1 second' });
    const error = await failure(run);
    expect(error).toMatchObject({ type: 'DeadlineExceeded' });
    expect((await remote(error.threadId!, error.runId!)).status).toBe('cancelled');
    await expectFree(error.threadId!);
  });

  test('cancels at 20 seeded moments: terminal, the thread free', async () => {
    const random = randomFrom(7);
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const run = await start(modelScript(call('flaky'), { ...call('slow'), delayMs: 100 }));
        await delay(random() * 700);
        await run.cancel();
        expect(await failure(run)).toMatchObject({ type: 'Cancelled' });
        const { threadId, runId } = await run.status();
        if (threadId === undefined || runId === undefined) return;
        expect((await remote(threadId, runId)).status).toBe('cancelled');
        await expectFree(threadId);
      }),
    );
  });

  test('a cancel from the Temporal CLI', async () => {
    const run = await start(modelScript(call('slow')));
    const { threadId, runId } = await waiting(run);
    const temporal = await provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'] });
    await promisify(execFile)(temporal, [
      'workflow',
      'cancel',
      '--workflow-id',
      run.workflowId,
      '--address',
      service.service.temporalAddress,
    ]);
    expect(await failure(run)).toMatchObject({ type: 'Cancelled' });
    expect((await remote(threadId, runId)).status).toBe('cancelled');
    await expectFree(threadId);
  });

  test('a thread that somebody deletes meanwhile → a typed failure, no endless retries', async () => {
    const run = await start(modelScript(call('slow')));
    const { threadId, runId } = await running(run);
    await waitUntil('requires_action', async () => (await remote(threadId, runId)).status === 'requires_action');
    const other = await start(modelScript({ text: 'late', delayMs: 30_000 }));
    const gone = await running(other);
    await service.openai.beta.threads.delete(gone.threadId);
    expect(await failure(other)).toMatchObject({ type: 'RunGone' });
    await service.openai.beta.threads.delete(threadId);
    await run.cancel();
    expect((await failure(run)).type).toBe('Cancelled');
  });

  test('a cancel before the first step leaves nothing behind', async () => {
    const run = await start('hi');
    await run.cancel();
    const ended = await run.result().catch((error: unknown) => error);
    if (ended instanceof AssistantRunError) expect(ended.type).toBe('Cancelled');
    const { data } = await service.temporal.workflow
      .getHandle(run.workflowId)
      .describe()
      .then(async ({ memo }) => {
        const { threadId } = (memo ?? {}) as { threadId?: string };
        return threadId ? service.openai.beta.threads.runs.list(threadId) : { data: [] };
      });
    for (const left of data) expect(['completed', 'cancelled']).toContain(left.status);
  });

  test('a tool’s handler hears of the cancel', async () => {
    seenSignals.length = 0;
    const run = await start(modelScript(call('slow')));
    const signal = await waitUntil('the tool', async () => seenSignals[0]);
    await run.cancel();
    await failure(run);
    await waitUntil('the abort', async () => signal.aborted);
  });

  test('the server’s own workflow cancelled in Temporal → the API run is cancelled, its thread free', async () => {
    const run = await start(modelScript(call('slow')));
    const { threadId, runId } = await running(run);
    await waitUntil('requires_action', async () => (await remote(threadId, runId)).status === 'requires_action');
    await service.temporal.workflow.getHandle(runId).cancel();
    await waitUntil('cancelled', async () => (await remote(threadId, runId)).status === 'cancelled');
    await expectFree(threadId);
    await run.cancel();
    expect((await failure(run)).type).toBe('Cancelled');
  });
});
