// real Temporal, one process: handlers, operators and workers that do not behave
import { beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { z } from 'zod';
import {
  AssistantRunError,
  connect,
  EndpointError,
  InvalidRunInputError,
  NotQueuedError,
  NoWorkerError,
  TemporalNamespaceError,
  type AssistantRun,
} from 'durable-assistants/client';
import { defineTool } from 'durable-assistants/tools';
import { AssistantsPlugin, createWorker } from 'durable-assistants/worker';
import { call, modelScript, playModelScript } from '../helpers/model-script.ts';
import { withService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { inWhole } from '../helpers/extent.ts';

const circular: Record<string, unknown> = {};
circular['self'] = circular;
const big = 'y'.repeat(3_000_000);

/** What a handler does, and what the failure must say. */
const ODD: Record<string, [does: () => unknown, says: string, calls: number]> = {
  throws_null: [() => Promise.reject(null), 'null', 2],
  throws_text: [() => Promise.reject(big), 'yyy', 2],
  throws_object: [() => Promise.reject({ code: 7 }), '{"code":7}', 2],
  throws_circular: [() => Promise.reject(ApplicationFailure.create({ message: 'round', details: [circular] })), 'round', 2],
  throws_big_cause: [() => Promise.reject(new Error('outer', { cause: new Error(big) })), 'outer (yyy', 2],
  throws_big_details: [() => Promise.reject(ApplicationFailure.create({ message: 'small', details: [big] })), 'small', 2],
  throws_final: [() => Promise.reject(ApplicationFailure.nonRetryable('n'.repeat(5_000))), 'nnn', 1],
  returns_circular: [() => circular, 'cannot be written as JSON', 1],
  returns_bigint: [() => ({ a: 1n }), 'cannot be written as JSON', 1],
};
const calls = new Map<string, number>();

const tools = [
  ...Object.entries(ODD).map(([name, [does]]) =>
    defineTool({
      name,
      parameters: z.object({}),
      retry: { maximumAttempts: 2, initialInterval: 10 },
      execute: () => {
        calls.set(name, (calls.get(name) ?? 0) + 1);
        return does();
      },
    }),
  ),
  defineTool({
    name: 'beats_circular',
    parameters: z.object({}),
    execute: async (_input, { heartbeat }) => {
      expect(() => heartbeat(circular)).toThrow('circular');
      await delay(1_200);
      return 'alive';
    },
  }),
  defineTool({ name: 'refund', parameters: z.object({}), approval: true, execute: () => 'refunded' }),
  defineTool({ name: 'fine', parameters: z.object({}), execute: () => 'fine' }),
];

let assistantId: string;
const service = withService({ script: playModelScript, tools });
beforeAll(async () => {
  assistantId = await service.assistantWith(tools);
});

const start = (message: string): Promise<AssistantRun> => service.assistants.start({ assistantId, message });
const handle = (workflowId: string) => service.temporal.workflow.getHandle(workflowId);

describe('handlers', () => {
  test.each(Object.entries(ODD))('%s → ToolFailed with its words, as often as its retries say', async (name, [, says, times]) => {
    const error = await (await start(modelScript(call(name)))).result().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AssistantRunError);
    expect(error).toMatchObject({ type: 'ToolFailed', message: expect.stringContaining(says) });
    expect(calls.get(name)).toBe(times);
  });

  test('heartbeat details that cannot be written → an error in the handler, and the worker goes on', async () => {
    expect((await (await start(modelScript(call('beats_circular')))).result()).reply?.text).toBe('alive');
    expect((await (await start(modelScript(call('fine')))).result()).reply?.text).toBe('fine');
  });
});

describe('garbage sent to workflows', () => {
  const update = (workflowId: string, name: string, args: unknown[]) =>
    handle(workflowId).executeUpdate<unknown, [unknown]>(name, { args: args as [unknown] });

  test('decisions', async () => {
    const run = await start(modelScript(call('refund')));
    await waitUntil('the call', async () => (await run.waiting()).length === 1);
    for (const garbage of [[], [null], [5], [{}], [{ by: 5 }], [{ by: 'b'.repeat(201) }], [{ by: 'x', callId: 7 }]]) {
      await expect(update(run.workflowId, 'approve', garbage)).rejects.toThrow(WorkflowUpdateFailedError);
    }
    await run.approve({ by: 'ann' });
    expect((await run.result()).reply?.text).toBe('refunded');
  });

  test('edits, asks and joins: refused, and the queue goes on', async () => {
    const session = service.assistants.session(`garbage-${Date.now()}`);
    const first = await session.ask(modelScript({ text: 'slow', delayMs: 1_500 }), { assistantId });
    const second = await session.ask('second', { assistantId });
    for (const garbage of [[], [null], [{}], [{ message: 5 }], [{ message: [] }], [{ message: null }], [{ message: [5] }]]) {
      await expect(update(second.run.workflowId, 'edit', garbage)).rejects.toThrow(WorkflowUpdateFailedError);
    }
    for (const garbage of [[], [null], [{}], [{ run: { assistantId: 'a' } }], [{ workflowId: 5, run: {} }]]) {
      await expect(update(session.workflowId, 'ask', garbage)).rejects.toThrow(WorkflowUpdateFailedError);
    }
    for (const garbage of [undefined, null, 5, {}]) await handle(session.workflowId).signal('join', garbage);
    const third = await session.ask('third', { assistantId });
    await first.run.result();
    expect((await second.run.result()).reply?.text).toBe('You said second');
    expect((await third.run.result()).reply?.text).toBe('You said third');
  });

  test('a session that is terminated: those who wait and those who come later stay on its thread', async () => {
    const session = service.assistants.session(`terminated-${Date.now()}`);
    const first = await session.ask(modelScript({ text: 'slow', delayMs: 2_500 }), { assistantId });
    await waitUntil('its thread', async () => (await first.run.status()).threadId);
    await waitUntil('its memo', async () => (await handle(session.workflowId).describe()).memo?.['active']);
    await handle(session.workflowId).terminate();
    await delay(500);
    const second = await session.ask('second', { assistantId });
    expect((await second.run.result()).threadId).toBe((await first.run.result()).threadId);
  });

  test('cancelled and asked again → answered', async () => {
    const session = service.assistants.session(`again-${Date.now()}`);
    for (const message of ['one', 'two', 'three']) {
      const { run } = await session.ask(message, { assistantId });
      await run.result().catch(() => undefined);
      await session.cancel();
    }
    const { run } = await session.ask('last', { assistantId });
    expect((await run.result()).reply?.text).toBe('You said last');
  });
});

test('a run that was ended by others while people were waited for → its tool is not called', async () => {
  const run = await start(modelScript(call('refund')));
  await waitUntil('the call', async () => (await run.waiting()).length === 1);
  const { threadId, runId } = await run.status();
  await service.openai.beta.threads.runs.cancel(runId!, { thread_id: threadId! });
  await expect(run.approve({ by: 'ann' })).rejects.toThrow(/Too late: the run no longer waits for call call_\w+ \(refund\)/);
  await expect(run.result()).rejects.toMatchObject({ type: 'RunCancelled' });
});

test('a message that was never queued cannot be edited or withdrawn', async () => {
  const run = await start(modelScript(call('refund')));
  await waitUntil('the call', async () => (await run.waiting()).length === 1);
  await expect(run.edit('another')).rejects.toThrow(NotQueuedError);
  await expect(run.withdraw()).rejects.toThrow('was never queued');
  await run.cancel();
});

inWhole('no worker → NoWorkerError after a while, not a wait for ever', async () => {
  const taskQueue = `deserted-${Date.now()}`;
  const assistants = await connect({ client: service.temporal, taskQueue });
  const run = await assistants.start({ assistantId, message: 'hi' });
  const answers = [run.approve({ by: 'ann' }), run.waiting(), assistants.session(taskQueue).ask('hi', { assistantId })];
  for (const answer of answers) {
    const error = await answer.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NoWorkerError);
  }
  const worker = await createWorker({
    tools,
    taskQueue,
    connection: service.connection,
    namespace: service.namespace,
    endpoint: { baseUrl: service.service.apiUrl },
    shutdownGraceTime: 200,
  });
  const working = worker.run();
  expect((await run.result()).reply?.text).toBe('You said hi');
  worker.shutdown();
  await working;
});

test.each<[string, () => unknown]>([
  ['start()', () => service.assistants.start(undefined as never)],
  ['start(null)', () => service.assistants.start(null as never)],
  ['a workflow id that is no text', () => service.assistants.start({ assistantId, message: 'x', workflowId: 5 as never })],
  ['half a character', () => service.assistants.start({ assistantId, message: 'x', workflowId: '\uD800' })],
  ['an endless id', () => service.assistants.start({ assistantId: `asst_${'x'.repeat(100_000)}`, message: 'x' })],
  ['what only workflows set', () => service.assistants.start({ assistantId, message: 'x', resume: {} } as never)],
  ['a session of ours', () => service.assistants.start({ assistantId, message: 'x', session: 's' } as never)],
  ['a threadId in a session', () => service.assistants.session('k').ask('x', { assistantId, threadId: 'thread_1' } as never)],
  ['another queue in a session', () => service.assistants.session('k').ask('x', { assistantId, onBusyThread: 'fail' } as never)],
  ['idle', async () => service.assistants.session('k', { idle: 'soon' as never })],
  ['idle -1', async () => service.assistants.session('k', { idle: -1 })],
  ['limit 0', () => service.assistants.list({ limit: 0 })],
  ['limit NaN', () => service.assistants.list({ limit: Number.NaN })],
  ['get()', async () => service.assistants.get(undefined as never)],
  ['get of nothing', async () => service.assistants.get('')],
])('%s → InvalidRunInputError', async (_what, act) => {
  await expect(act()).rejects.toThrow(InvalidRunInputError);
});

test.each<[string, object, string]>([
  ['no URL', { baseUrl: 'localhost:8080' }, 'The endpoint "localhost:8080" is no URL'],
  ['a number', { baseUrl: 8080 }, 'The endpoint 8080 is no URL'],
  ['no time', { requestTimeoutMs: '10 seconds' }, 'requestTimeoutMs must be a number of milliseconds'],
])(
  'an endpoint that is %s → EndpointError in client, worker and plugin, before anything is connected',
  async (_what, given, says) => {
    const endpoint = given as { baseUrl?: string };
    for (const act of [
      () => connect({ address: 'localhost:1', endpoint }),
      () => createWorker({ endpoint }),
      async () => new AssistantsPlugin({ endpoint }),
    ]) {
      const error = await act().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(EndpointError);
      expect((error as Error).message).toContain(says);
    }
  },
);

test('a namespace that is not there → TemporalNamespaceError', async () => {
  const address = service.service.temporalAddress;
  await expect(connect({ address, namespace: 'nowhere' })).rejects.toThrow(TemporalNamespaceError);
});
