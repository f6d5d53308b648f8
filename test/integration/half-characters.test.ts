// real Temporal, one process: text with half a character in it, from wherever it may come, ends no worker
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { z } from 'zod';
import { connect, InvalidRunInputError, type Assistants } from 'durable-assistants/client';
import { defineTool } from 'durable-assistants/tools';
import { AssistantsPlugin } from 'durable-assistants/worker';
import { RefusingModel } from '../helpers/refusing-model.ts';
import { call, modelScript, playModelScript } from '../helpers/model-script.ts';
import { startTestService, type TestService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const HALF = 'cut \ud83d';
const WHOLE = 'cut \ufffd';

const cyclic = new Error(HALF);
cyclic.cause = new Error(HALF, { cause: cyclic });
const throwing = (): never => {
  throw new Error(HALF);
};

/** What a handler throws. */
const THROWN: Record<string, () => unknown> = {
  a_message: () => new Error(HALF),
  a_name: () => Object.assign(new Error('x'), { name: HALF }),
  a_stack: () => Object.assign(new Error('x'), { stack: HALF }),
  a_nested_cause: () => new Error('x', { cause: new Error('y', { cause: new Error(HALF) }) }),
  an_aggregate: () => new AggregateError([new Error(HALF)], HALF),
  a_cycle: () => cyclic,
  a_failure: () => ApplicationFailure.create({ message: HALF, type: HALF, details: [HALF, { [HALF]: HALF }] }),
  a_final_failure: () => ApplicationFailure.nonRetryable(HALF, HALF, HALF),
  an_endless_pause: () => ApplicationFailure.create({ message: HALF, type: HALF, nextRetryDelay: Number.POSITIVE_INFINITY }),
  text: () => HALF,
  an_object: () => ({ [HALF]: HALF }),
  a_getter: () => Object.defineProperty(new Error('x'), 'message', { get: throwing }),
  a_proxy: () => new Proxy(new Error('x'), { get: throwing, getPrototypeOf: throwing }),
};
const FINAL = new Set(['a_final_failure']);

const calls = new Map<string, number>();
const tools = [
  ...Object.entries(THROWN).map(([name, make]) =>
    defineTool({
      name,
      parameters: z.object({}),
      retry: { maximumAttempts: 2, initialInterval: 10 },
      execute: () => {
        calls.set(name, (calls.get(name) ?? 0) + 1);
        return Promise.reject(make());
      },
    }),
  ),
  defineTool({
    name: 'beats',
    parameters: z.object({}),
    execute: (_input, { heartbeat }) => {
      heartbeat({ [HALF]: HALF });
      return { [HALF]: HALF };
    },
  }),
  defineTool({ name: 'echo', parameters: z.looseObject({}), execute: (input) => JSON.stringify(input) }),
  defineTool({ name: 'refund', parameters: z.looseObject({}), approval: true, execute: () => 'refunded' }),
  defineTool({ name: 'ask', parameters: z.looseObject({}), external: true }),
  defineTool({
    name: 'odd_parameters',
    parameters: z.object({}).transform(() => {
      throw Object.defineProperty(new Error('x'), 'message', { get: throwing });
    }),
    execute: () => 'never',
  }),
];

const made = jest.spyOn(Worker, 'create');
let service: TestService;
let model: RefusingModel;
let assistants: Assistants;
let assistantId: string;
let failed: unknown;

beforeAll(async () => {
  model = await RefusingModel.start('{"error":{"message":"bad \\ud83d"}}', () => service.model.baseUrl);
  service = await startTestService({ script: playModelScript, tools, settings: { MODEL_BASE_URL: model.baseUrl } });
  void service.service.failed.then((error) => (failed = error));
  // With a client of its own, as programs have it; the other one's is Temporal's plain one.
  assistants = await connect({ address: service.service.temporalAddress, endpoint: { baseUrl: service.service.apiUrl } });
  assistantId = await service.assistantWith(tools);
});
afterAll(async () => {
  await assistants.close();
  await service.close();
  model.close();
});

/** The worker of the service, the orchestrator's and that of its tools: the first ones, to the end. */
async function workersAreTheFirst(): Promise<void> {
  const run = await assistants.start({ assistantId, message: modelScript(call('echo', { a: 1 })) });
  expect((await run.result()).reply?.text).toBe('{"a":1}');
  expect([made.mock.calls.length, failed]).toEqual([3, undefined]);
}

test('a model that answers 503 with half a character → asked again, and the service goes on', async () => {
  model.left = 3;
  const { assistants: api, threads } = service.openai.beta;
  const { id: assistant_id } = await api.create({ model: 'm' });
  const run = await threads.createAndRunPoll({ assistant_id, thread: { messages: [{ role: 'user', content: 'hi' }] } });
  expect([run.status, model.refused]).toEqual(['completed', 3]);
  await workersAreTheFirst();
});

test('a model that goes on answering so → the run fails with its words', async () => {
  model.left = 5;
  const { assistants: api, threads } = service.openai.beta;
  const { id: assistant_id } = await api.create({ model: 'm' });
  const run = await threads.createAndRunPoll({ assistant_id, thread: { messages: [{ role: 'user', content: 'hi' }] } });
  expect([run.status, run.last_error?.message.toWellFormed()]).toEqual(['failed', expect.stringContaining('bad \ufffd')]);
  await workersAreTheFirst();
});

describe('a tool', () => {
  test.each(Object.keys(THROWN))('throws %s → ToolFailed, as often as its retries say', async (name) => {
    const run = await assistants.start({ assistantId, message: modelScript(call(name)) });
    const error = await run.result().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ type: 'ToolFailed' });
    expect((error as Error).message.isWellFormed()).toBe(true);
    expect(calls.get(name)).toBe(FINAL.has(name) ? 1 : 2);
  });

  test('beats with it and returns it → the output', async () => {
    const run = await assistants.start({ assistantId, message: modelScript(call('beats')) });
    // Written with escapes, which are plain text.
    expect((await run.result()).reply?.text).toBe(JSON.stringify({ [HALF]: HALF }));
  });

  test('gets it as arguments → they are well-formed', async () => {
    const run = await assistants.start({ assistantId, message: modelScript(call('echo', '{"cut \\ud83d":"cut \\ud83d"}')) });
    expect((await run.result()).reply?.text).toBe(JSON.stringify({ [WHOLE]: WHOLE }));
  });

  test('that is not there, with a name of it → RunFailed', async () => {
    const run = await assistants.start({ assistantId, message: modelScript(call(HALF)) });
    await expect(run.result()).rejects.toMatchObject({ type: 'RunFailed' });
  });

  test('whose parameters throw what cannot be read → the run goes on being tried, its worker is the same', async () => {
    const run = await assistants.start({ assistantId, message: modelScript(call('odd_parameters')), deadline: '1 second' });
    await expect(run.result()).rejects.toMatchObject({ type: 'DeadlineExceeded' });
  });

  afterAll(workersAreTheFirst);
});

describe.each(['our client', 'a plain client of Temporal'])('whatever a caller says by %s', (which) => {
  const by = (): Assistants => (which === 'our client' ? assistants : service.assistants);

  test('message, metadata, overrides', async () => {
    const pairs = { [HALF]: HALF };
    const run = await by().start({
      assistantId,
      message: [{ type: 'text', text: HALF }],
      messageMetadata: pairs,
      overrides: { metadata: pairs, instructions: HALF, additional_instructions: HALF, model: HALF },
    });
    const { threadId, reply } = await run.result();
    expect(reply?.text).toContain(WHOLE);
    const { data } = await service.openai.beta.threads.messages.list(threadId, { order: 'asc' });
    expect(data[0]!.metadata).toMatchObject({ [WHOLE]: WHOLE });
    expect(data[0]!.content).toMatchObject([{ text: { value: WHOLE } }]);
  });

  test('decisions', async () => {
    const message = modelScript(call('refund', `{"why":"\\ud83d"}`), call('ask'), call('refund'));
    const run = await by().start({ assistantId, message });
    const waits = (round: number) => waitUntil(`call ${round}`, async () => (await run.waiting())[0]);
    const first = await waits(1);
    await expect(run.approve({ by: HALF, callId: HALF })).rejects.toThrow('does not wait');
    await run.approve({ by: HALF, callId: first.callId });
    await waitUntil('the second', async () => (await run.waiting())[0]?.tool === 'ask');
    await run.answer({ by: HALF, output: { [HALF]: HALF } });
    await waitUntil('the third', async () => (await run.waiting())[0]?.tool === 'refund');
    await run.reject({ by: HALF, reason: HALF });
    const { toolCalls, reply } = await run.result();
    expect(toolCalls.map((each) => each.by)).toEqual([WHOLE, WHOLE, WHOLE]);
    const output = which === 'our client' ? { [WHOLE]: WHOLE } : { [HALF]: HALF };
    expect(reply?.text).toContain(JSON.stringify(output));
  });

  test('messages of a session, edited ones too', async () => {
    const session = by().session(`half-${which}-${Date.now()}`);
    const first = await session.ask(modelScript({ text: 'slow', delayMs: 1_000 }), { assistantId });
    const second = await session.ask(HALF, { assistantId });
    await second.run.edit(`another ${HALF}`);
    expect((await first.run.result()).reply?.text).toBe('slow');
    expect((await second.run.result()).reply?.text).toBe(`You said another ${WHOLE}`);
  });

  test('ids → refused before anything is sent', async () => {
    const refused = [
      () => by().start({ assistantId, message: 'x', workflowId: HALF }),
      () => by().start({ assistantId: `asst_${HALF}`, message: 'x' }),
      () => by().start({ assistantId, message: 'x', threadId: `thread_${HALF}` }),
      async () => by().get(HALF),
      async () => by().session(HALF),
      () => by().session('k').ask('x', { assistantId, workflowId: HALF }),
    ];
    for (const act of refused) await expect(act()).rejects.toThrow(InvalidRunInputError);
  });

  afterAll(workersAreTheFirst);
});

test('ids that are sent to workflows without our client → refused, or made whole', async () => {
  const { workflow } = service.temporal;
  const session = assistants.session(`ids-${Date.now()}`);
  const { run } = await session.ask('first', { assistantId });
  const handle = workflow.getHandle(session.workflowId);
  await handle.signal('join', HALF);
  const ask = { workflowId: HALF, run: { assistantId, message: 'x' }, summary: HALF, details: HALF };
  await expect(handle.executeUpdate('ask', { args: [ask] })).rejects.toThrow();
  await run.result();
  const again = await session.ask('second', { assistantId });
  expect((await again.run.result()).reply?.text).toBe('You said second');
  for (const input of [{ session: HALF }, { threadId: HALF, onBusyThread: 'wait' }]) {
    const taskQueue = 'assistants-orchestrator';
    const started = await workflow.start('orchestrateRun', {
      taskQueue,
      workflowId: `half-${Object.keys(input).join('-')}-${Date.now()}`,
      args: [{ assistantId, message: HALF, ...input }],
    });
    await waitUntil('its first steps', async () => (await started.fetchHistory()).events!.length >= 4);
    await started.terminate().catch(() => undefined);
  }
  await workersAreTheFirst();
});

test('a plugin keeps the worker of somebody else from failing', async () => {
  const own = defineTool({
    name: 'own',
    parameters: z.object({}),
    retry: { maximumAttempts: 2, initialInterval: 10 },
    execute: () => Promise.reject(Object.assign(new Error(HALF), { name: HALF, cause: new Error(HALF) })),
  });
  const ownId = await service.assistantWith([own]);
  const plugins = [new AssistantsPlugin({ tools: [own], endpoint: { baseUrl: service.service.apiUrl } })];
  const taskQueue = `half-${Date.now()}`;
  const worker = await Worker.create({
    connection: service.connection,
    namespace: service.namespace,
    taskQueue,
    plugins,
    activities: { unreadable: () => Promise.reject(new Proxy(new Error('x'), { get: throwing, getPrototypeOf: throwing })) },
  });
  const mine = await connect({ client: service.temporal, taskQueue });
  await worker.runUntil(async () => {
    for (let times = 0; times < 2; times += 1) {
      const run = await mine.start({ assistantId: ownId, message: modelScript(call('own')) });
      await expect(run.result()).rejects.toMatchObject({ type: 'ToolFailed', message: expect.stringContaining(WHOLE) });
    }
  });
  expect(worker.getState()).toBe('STOPPED');
});
