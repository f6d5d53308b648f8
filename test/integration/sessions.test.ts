// real Temporal, one process: runs that take turns on a thread
import { beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import {
  InvalidRunInputError,
  NotQueuedError,
  RunNotFoundError,
  SessionFullError,
  type AssistantRun,
} from 'durable-assistants/client';
import { modelScript, playModelScript } from '../helpers/model-script.ts';
import { withService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { inWhole } from '../helpers/extent.ts';

let assistantId: string;

const service = withService({ script: playModelScript, tools: [] });
beforeAll(async () => {
  assistantId = await service.assistantWith([]);
});

const newThread = async (): Promise<string> => (await service.openai.beta.threads.create()).id;
const slowly = (text: string, delayMs = 400): string => modelScript({ text, delayMs });
const textsOf = async (threadId: string, role: string): Promise<string[]> => {
  const { data } = await service.openai.beta.threads.messages.list(threadId, { order: 'asc', limit: 100 });
  return data.flatMap((message) =>
    message.role === role && message.content[0]?.type === 'text' ? [message.content[0].text.value] : [],
  );
};
const until = (workflowId: string, status: string) =>
  waitUntil(status, async () => (await service.temporal.workflow.getHandle(workflowId).describe()).status.name === status);

describe('a session', () => {
  test('asked many times at once → answered one after another, in order, on one thread', async () => {
    const session = service.assistants.session(`shop-${Date.now()}`);
    const words = Array.from({ length: 8 }, (_, index) => `question ${index}`);
    const asked = [];
    for (const message of words) asked.push(await session.ask(message, { assistantId }));
    const results = await Promise.all(asked.map(({ run }) => run.result()));
    const { threadId } = results[0]!;
    expect(new Set(results.map((result) => result.threadId)).size).toBe(1);
    expect(await textsOf(threadId, 'user')).toEqual(words);
    expect(await textsOf(threadId, 'assistant')).toEqual(words.map((text) => `You said ${text}`));
  });

  test('a queued message can be edited or withdrawn; one that has begun cannot', async () => {
    const threadId = await newThread();
    const session = service.assistants.session(threadId);
    const first = await session.ask(slowly('one', 1_500), { assistantId });
    const second = await session.ask('two', { assistantId });
    const third = await session.ask('three', { assistantId });
    expect([first.position, second.position, third.position]).toEqual([0, 1, 2]);
    await second.run.edit('another two');
    await third.run.withdraw();
    await expect(third.run.result()).rejects.toMatchObject({ type: 'Withdrawn' });
    await expect(first.run.edit('too late')).rejects.toThrow(NotQueuedError);
    await expect(first.run.withdraw()).rejects.toThrow('its run has begun');
    await expect(second.run.edit('')).rejects.toThrow(InvalidRunInputError);
    await second.run.result();
    expect(await textsOf(threadId, 'user')).toEqual([slowly('one', 1_500), 'another two']);
  });

  test('a run that is cancelled, terminated or fails gives the turn to the next', async () => {
    const threadId = await newThread();
    const session = service.assistants.session(threadId);
    const asked = [];
    for (const message of [slowly('a', 20_000), slowly('b', 20_000), modelScript({ error: { status: 400 } }), 'last'])
      asked.push((await session.ask(message, { assistantId })).run);
    const [cancelled, terminated, failed, last] = asked;
    await waitUntil('the first', async () => (await cancelled!.status()).runId);
    await cancelled!.cancel();
    const left = await waitUntil('the second', async () => (await terminated!.status()).runId);
    await service.temporal.workflow.getHandle(terminated!.workflowId).terminate();
    // A Terminate leaves its run behind: the next one waits for its end.
    await service.openai.beta.threads.runs.cancel(left, { thread_id: threadId });
    await expect(failed!.result()).rejects.toMatchObject({ type: 'RunFailed' });
    expect((await last!.result()).reply?.text).toBe('You said last');
  });

  test('idle → it ends; asked again → it goes on with its thread', async () => {
    const session = service.assistants.session(`idle-${Date.now()}`, { idle: 300 });
    const { threadId } = await (await session.ask('one', { assistantId })).run.result();
    await until(session.workflowId, 'COMPLETED');
    const query = `WorkflowId = '${session.workflowId}' AND ExecutionStatus = 'Completed'`;
    await waitUntil('the list to know it', async () => (await service.temporal.workflow.count(query)).count);
    const again = await (await session.ask('two', { assistantId })).run.result();
    expect(again.threadId).toBe(threadId);
    expect(await textsOf(threadId, 'user')).toEqual(['one', 'two']);
  });

  test('asked just as it ends, again and again → every message is answered', async () => {
    const session = service.assistants.session(await newThread(), { idle: 60 });
    for (let index = 0; index < 10; index += 1) {
      const { run } = await session.ask(`m${index}`, { assistantId });
      await run.result();
      await delay(50 + index * 4);
    }
  });

  inWhole('a history that has become long is cut; who waits and who comes later stay on the thread', async () => {
    const session = service.assistants.session(`long-${Date.now()}`);
    const asked = [await session.ask(slowly('one', 6_000), { assistantId }), await session.ask('two', { assistantId })];
    const handle = service.temporal.workflow.getHandle(session.workflowId);
    const before = await handle.describe();
    // Signals that it takes no notice of fill a history as turns do, and sooner.
    while ((await handle.describe()).historyLength <= 2_000) {
      await Promise.all(Array.from({ length: 100 }, () => handle.signal('join', '')));
    }
    await waitUntil('the next execution', async () => (await handle.describe()).runId !== before.runId);
    asked.push(await session.ask('three', { assistantId }));
    const results = await Promise.all(asked.map(({ run }) => run.result()));
    expect(new Set(results.map(({ threadId }) => threadId)).size).toBe(1);
    expect(await textsOf(results[0]!.threadId, 'assistant')).toEqual(['one', 'You said two', 'You said three']);
    expect((await handle.describe()).historyLength).toBeLessThan(200);
  });

  test('cancelled → its runs are cancelled, queued ones too', async () => {
    const session = service.assistants.session(await newThread());
    const asked: AssistantRun[] = [];
    for (const message of [slowly('a', 20_000), 'b']) asked.push((await session.ask(message, { assistantId })).run);
    await waitUntil('the first', async () => (await asked[0]!.status()).runId);
    await session.cancel();
    for (const run of asked) await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled' });
    await until(session.workflowId, 'CANCELLED');
    await expect(service.assistants.session('never-asked').cancel()).rejects.toThrow(RunNotFoundError);
  });

  inWhole('asked while it is cancelled, again and again → each message has a run that ends', async () => {
    const session = service.assistants.session(`overtaken-${Date.now()}`);
    const asks = [];
    for (let index = 0; index < 14; index += 1) {
      asks.push(session.ask(slowly(`message ${index}`, 100), { assistantId }));
      if (index % 7 === 3) asks.push(session.cancel().catch(() => undefined));
      await delay(20);
    }
    const asked = (await Promise.all(asks)).flatMap((answer) => answer ?? []);
    expect(asked).toHaveLength(14);
    const ends = await Promise.all(asked.map(({ run }) => run.result().catch((error: { type?: string }) => error)));
    for (const end of ends) if ('type' in end) expect(end.type).toBe('Cancelled');
  });

  inWhole('more messages than may wait → SessionFullError, nothing started', async () => {
    const session = service.assistants.session(await newThread());
    const first = await session.ask(slowly('a', 60_000), { assistantId });
    await waitUntil('the first', async () => (await first.run.status()).runId);
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let index = 0; index < 10; index += 1) await session.ask('more', { assistantId });
      }),
    );
    await expect(session.ask('one too many', { assistantId, workflowId: 'too-many' })).rejects.toThrow(SessionFullError);
    await expect(service.assistants.get('too-many').status()).rejects.toThrow(RunNotFoundError);
    await session.cancel();
    await until(session.workflowId, 'CANCELLED');
  });

  test('wrong input → typed errors', async () => {
    expect(() => service.assistants.session('')).toThrow(InvalidRunInputError);
    const session = service.assistants.session('key');
    await expect(session.ask('', { assistantId })).rejects.toThrow(InvalidRunInputError);
    await expect(session.ask('x', { assistantId: 'x' })).rejects.toThrow('asst_');
  });
});

describe('a busy thread', () => {
  test('wait: runs that were started on their own take turns, in order', async () => {
    const threadId = await newThread();
    const runs = [];
    for (let index = 0; index < 5; index += 1) {
      const options = { assistantId, threadId, onBusyThread: 'wait' } as const;
      runs.push(await service.assistants.start({ ...options, message: slowly(`m${index}`, 100) }));
      await delay(60);
    }
    await Promise.all(runs.map((run) => run.result()));
    expect(await textsOf(threadId, 'assistant')).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
  });

  test('wait: behind a run that no workflow of ours drives', async () => {
    const threadId = await newThread();
    await service.openai.beta.threads.messages.create(threadId, { role: 'user', content: slowly('foreign', 1_000) });
    const foreign = await service.openai.beta.threads.runs.create(threadId, { assistant_id: assistantId });
    const run = await service.assistants.start({ assistantId, threadId, message: 'mine', onBusyThread: 'wait' });
    expect((await run.result()).reply?.text).toBe('You said mine');
    expect((await service.openai.beta.threads.runs.retrieve(foreign.id, { thread_id: threadId })).status).toBe('completed');
  });

  test('cancel-active: the active run is cancelled, then this one runs', async () => {
    const threadId = await newThread();
    await service.openai.beta.threads.messages.create(threadId, { role: 'user', content: slowly('foreign', 20_000) });
    const foreign = await service.openai.beta.threads.runs.create(threadId, { assistant_id: assistantId });
    const run = await service.assistants.start({ assistantId, threadId, message: 'mine', onBusyThread: 'cancel-active' });
    expect((await run.result()).reply?.text).toBe('You said mine');
    expect((await service.openai.beta.threads.runs.retrieve(foreign.id, { thread_id: threadId })).status).toBe('cancelled');
  });

  test('cancelled while it waits → the other run is left alone', async () => {
    const threadId = await newThread();
    await service.openai.beta.threads.messages.create(threadId, { role: 'user', content: slowly('foreign', 1_500) });
    const foreign = await service.openai.beta.threads.runs.create(threadId, { assistant_id: assistantId });
    const run = await service.assistants.start({ assistantId, threadId, message: 'mine', onBusyThread: 'wait' });
    await delay(300);
    await run.cancel();
    await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled' });
    await waitUntil('its end', async () => {
      const { status } = await service.openai.beta.threads.runs.retrieve(foreign.id, { thread_id: threadId });
      return status === 'completed';
    });
    expect(await textsOf(threadId, 'user')).toHaveLength(1);
  });
});
