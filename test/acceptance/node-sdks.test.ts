// acceptance: one program per official SDK for Node, old and new, told nothing but a base URL
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import OpenAI7, { AzureOpenAI as AzureOpenAI7 } from 'openai';
import OpenAI4, { AzureOpenAI as AzureOpenAI4 } from 'openai-4';
import OpenAI5 from 'openai-5';
import OpenAI6 from 'openai-6';
import { baseUrlForAcceptance } from '../helpers/acceptance.ts';

let options: { baseURL: string; apiKey: string };
let stop: () => Promise<void>;
beforeAll(async () => {
  const target = await baseUrlForAcceptance();
  stop = target.stop;
  options = { baseURL: target.baseUrl, apiKey: target.apiKey };
});
afterAll(() => stop());

const tool = {
  type: 'function' as const,
  function: { name: 'query_order', parameters: { type: 'object', properties: { order_id: { type: 'string' } } } },
};
const question = { role: 'user' as const, content: 'Where is my order ORD001?' };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('openai 4.104: ids are positional', async () => {
  const { beta } = new OpenAI4(options);
  const assistant = await beta.assistants.create({ model: 'gpt-4o', tools: [tool] });
  const thread = await beta.threads.create({ messages: [question] });
  let run = await beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id }, { pollIntervalMs: 50 });
  expect(run.status).toBe('requires_action');
  const calls = run.required_action!.submit_tool_outputs.tool_calls;
  const tool_outputs = calls.map(({ id }) => ({ tool_call_id: id, output: 'shipped' }));
  run = await beta.threads.runs.submitToolOutputsAndPoll(thread.id, run.id, { tool_outputs });
  expect(run.status).toBe('completed');
  expect(await beta.threads.runs.retrieve(thread.id, run.id)).toEqual(run);
  const steps = await beta.threads.runs.steps.list(thread.id, run.id);
  expect(steps.data).toHaveLength(2);
  const texts: string[] = [];
  for await (const message of beta.threads.messages.list(thread.id, { limit: 1 })) texts.push(message.role);
  expect(texts).toEqual(['assistant', 'user']);
  expect((await beta.threads.del(thread.id)).deleted).toBe(true);
  expect((await beta.assistants.del(assistant.id)).deleted).toBe(true);
});

// From 5 on the inner id is positional and the outer ones are named; the program is the same for all of them.
test.each([
  ['5.23', OpenAI5 as unknown as typeof OpenAI7],
  ['6.49', OpenAI6 as unknown as typeof OpenAI7],
  ['7.x', OpenAI7],
])('openai %s: ids are named', async (_version, OpenAI) => {
  const client = new OpenAI(options);
  const { beta } = client;
  const assistant = await beta.assistants.create({ model: 'gpt-4o', tools: [tool] });
  const thread = await beta.threads.create({ messages: [question] });
  const at = { thread_id: thread.id };
  let run = await beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
  expect(run.status).toBe('requires_action');
  const calls = run.required_action!.submit_tool_outputs.tool_calls;
  const tool_outputs = calls.map(({ id }) => ({ tool_call_id: id, output: 'shipped' }));
  run = await beta.threads.runs.submitToolOutputsAndPoll(run.id, { ...at, tool_outputs });
  expect(run.status).toBe('completed');
  expect(await beta.threads.runs.retrieve(run.id, at)).toEqual(run);
  const steps = await beta.threads.runs.steps.list(run.id, at);
  expect(steps.data).toHaveLength(2);
  const texts: string[] = [];
  for await (const message of beta.threads.messages.list(thread.id, { limit: 1 })) texts.push(message.role);
  expect(texts).toEqual(['assistant', 'user']);

  let second = await beta.threads.createAndRun({ assistant_id: assistant.id, thread: { messages: [question] } });
  while (second.status === 'queued' || second.status === 'in_progress') {
    await pause(50);
    second = await beta.threads.runs.retrieve(second.id, { thread_id: second.thread_id });
  }
  expect(second.status).toBe('requires_action');
  const cancelled = await beta.threads.runs.cancel(second.id, { thread_id: second.thread_id });
  expect(['cancelling', 'cancelled']).toContain(cancelled.status);
  await expect(beta.threads.runs.cancel(second.id, { thread_id: second.thread_id })).rejects.toBeInstanceOf(
    (OpenAI as { BadRequestError: new (...args: never[]) => Error }).BadRequestError,
  );
  expect((await beta.threads.delete(thread.id)).deleted).toBe(true);
  expect((await beta.assistants.delete(assistant.id)).deleted).toBe(true);
});

test.each([
  ['4.104', OpenAI4 as unknown as typeof OpenAI7],
  ['7.x', OpenAI7],
])('openai %s: chat, embeddings and models by the same base URL', async (_version, OpenAI) => {
  const openai = new OpenAI(options);
  const messages = [{ role: 'user' as const, content: 'one two three' }];
  const whole = await openai.chat.completions.create({ model: 'gpt-4o', messages });
  expect(whole.choices[0]!.message.content).toContain('one two three');
  const pieces: string[] = [];
  for await (const chunk of await openai.chat.completions.create({ model: 'gpt-4o', messages, stream: true })) {
    pieces.push(chunk.choices[0]?.delta.content ?? '');
  }
  expect(pieces.join('')).toBe(whole.choices[0]!.message.content);
  expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(3);
  const { data } = await openai.embeddings.create({ model: 'text-embedding-3-small', input: ['one two', 'two one', 'three'] });
  expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(data[0]!.embedding).toEqual(data[1]!.embedding);
  expect(data[0]!.embedding).not.toEqual(data[2]!.embedding);
  const [first] = (await openai.models.list()).data;
  expect(await openai.models.retrieve(first!.id)).toMatchObject({ id: first!.id, object: 'model' });
});

test.each([
  ['4.104', AzureOpenAI4 as unknown as typeof AzureOpenAI7],
  ['7.x', AzureOpenAI7],
])('AzureOpenAI of openai %s: assistants, runs and chat', async (_version, AzureOpenAI) => {
  const { origin } = new URL(options.baseURL);
  const client = new AzureOpenAI({ endpoint: origin, apiKey: options.apiKey, apiVersion: '2024-05-01-preview' });
  const assistant = await client.beta.assistants.create({ model: 'gpt-4o' });
  expect(assistant.tool_resources).toEqual({});
  const run = await client.beta.threads.createAndRunPoll({ assistant_id: assistant.id, thread: { messages: [question] } });
  expect(run.status).toBe('completed');
  const { data } = await client.beta.threads.messages.list(run.thread_id);
  expect(data).toHaveLength(2);
  const chat = await client.chat.completions.create({ model: 'gpt-4o', messages: [question] });
  expect(chat.choices[0]!.message.content).toContain('ORD001');
  const old = new AzureOpenAI({ endpoint: origin, apiKey: options.apiKey, apiVersion: '2024-02-15-preview' });
  expect(await old.beta.assistants.retrieve(assistant.id)).toMatchObject({ id: assistant.id, file_ids: [] });
  expect((await client.beta.assistants.list({ limit: 1 })).data).toHaveLength(1);
});
