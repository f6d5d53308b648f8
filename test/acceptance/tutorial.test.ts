// acceptance: knows nothing but a base URL (ACCEPTANCE_BASE_URL, else a service of its own)
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { baseUrlForAcceptance } from '../helpers/acceptance.ts';

let openai: OpenAI;
let stop: () => Promise<void>;

beforeAll(async () => {
  const target = await baseUrlForAcceptance();
  stop = target.stop;
  openai = new OpenAI({ baseURL: target.baseUrl, apiKey: target.apiKey });
});
afterAll(() => stop());

const parameters = (name: string) => ({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] });
const shopTools: OpenAI.Beta.AssistantTool[] = [
  { type: 'function', function: { name: 'query_order', description: 'Look up an order', parameters: parameters('order_id') } },
  { type: 'function', function: { name: 'check_inventory', description: 'Check stock', parameters: parameters('product_id') } },
];

function textOf(message: OpenAI.Beta.Threads.Message | undefined): string {
  const part = message?.content[0];
  return part?.type === 'text' ? part.text.value : '';
}

test('the tutorial: create, message, run, poll, submit, read, delete', async () => {
  const assistant = await openai.beta.assistants.create({
    model: 'gpt-4o',
    name: 'Shop',
    instructions: 'Help.',
    tools: shopTools,
  });
  const thread = await openai.beta.threads.create();
  const question = await openai.beta.threads.messages.create(thread.id, { role: 'user', content: '我的订单ORD001到哪里了？' });
  let run = await openai.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
  expect(run.status).toBe('requires_action');
  const calls = run.required_action!.submit_tool_outputs.tool_calls;
  expect(calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)])).toEqual([
    ['query_order', { order_id: 'ORD001' }],
  ]);

  run = await openai.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id: thread.id,
    tool_outputs: calls.map((call) => ({ tool_call_id: call.id, output: '已发货 SF123456' })),
  });
  expect(run).toMatchObject({ status: 'completed', expires_at: null, required_action: null });
  expect(run.usage!.total_tokens).toBeGreaterThan(0);

  const messages = await openai.beta.threads.messages.list(thread.id);
  expect(messages.data.map((message) => message.role)).toEqual(['assistant', 'user']);
  expect(messages.data[1]!.id).toBe(question.id);
  expect(textOf(messages.data[0])).toContain('SF123456');

  const steps = await openai.beta.threads.runs.steps.list(run.id, { thread_id: thread.id });
  expect(steps.data.map((step) => step.type)).toEqual(['message_creation', 'tool_calls']);
  const step = await openai.beta.threads.runs.steps.retrieve(steps.data[1]!.id, { thread_id: thread.id, run_id: run.id });
  expect(step.step_details).toMatchObject({ tool_calls: [{ function: { output: '已发货 SF123456' } }] });

  expect((await openai.beta.threads.messages.delete(question.id, { thread_id: thread.id })).deleted).toBe(true);
  expect((await openai.beta.threads.delete(thread.id)).deleted).toBe(true);
  expect((await openai.beta.assistants.delete(assistant.id)).deleted).toBe(true);
  await expect(openai.beta.threads.retrieve(thread.id)).rejects.toMatchObject({
    status: 404,
    message: `404 No thread found with id '${thread.id}'.`,
  });
});

test('three threads at once, each with its own answer', async () => {
  const assistant = await openai.beta.assistants.create({ model: 'gpt-4o' });
  const answers = await Promise.all(
    ['one', 'two', 'three'].map(async (word) => {
      const run = await openai.beta.threads.createAndRunPoll({
        assistant_id: assistant.id,
        thread: { messages: [{ role: 'user', content: word }] },
      });
      expect(run.status).toBe('completed');
      return textOf((await openai.beta.threads.messages.list(run.thread_id)).data[0]);
    }),
  );
  for (const [index, word] of ['one', 'two', 'three'].entries()) expect(answers[index]).toContain(word);
});

test('display_quiz: the program answers the call itself', async () => {
  const assistant = await openai.beta.assistants.create({
    model: 'gpt-4o',
    instructions: 'You are a math tutor.',
    tools: [
      {
        type: 'function',
        function: {
          name: 'display_quiz',
          description: 'Shows a quiz to the student and returns the answers.',
          parameters: {
            type: 'object',
            properties: { title: { type: 'string' }, questions: { type: 'array', items: { type: 'object' } } },
            required: ['title', 'questions'],
          },
        },
      },
    ],
  });
  const thread = await openai.beta.threads.create({ messages: [{ role: 'user', content: 'Make a quiz with two questions.' }] });
  const asked = await openai.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
  const call = asked.required_action!.submit_tool_outputs.tool_calls[0]!;
  expect(call.function.name).toBe('display_quiz');
  expect(JSON.parse(call.function.arguments)).toHaveProperty('title');
  const done = await openai.beta.threads.runs.submitToolOutputsAndPoll(asked.id, {
    thread_id: thread.id,
    tool_outputs: [{ tool_call_id: call.id, output: JSON.stringify(['I do not know.', 'a']) }],
  });
  expect(done.status).toBe('completed');
});

test('a run that waits for outputs holds its thread until it is cancelled', async () => {
  const assistant = await openai.beta.assistants.create({ model: 'gpt-4o', tools: shopTools });
  const thread = await openai.beta.threads.create({ messages: [{ role: 'user', content: 'PROD001?' }] });
  const run = await openai.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
  expect(run.status).toBe('requires_action');
  await expect(openai.beta.threads.messages.create(thread.id, { role: 'user', content: 'hello?' })).rejects.toMatchObject({
    status: 400,
    message: `400 Can't add messages to ${thread.id} while a run ${run.id} is active.`,
  });
  await expect(openai.beta.threads.runs.create(thread.id, { assistant_id: assistant.id })).rejects.toMatchObject({
    status: 400,
    message: `400 Thread ${thread.id} already has an active run ${run.id}.`,
  });
  await openai.beta.threads.runs.cancel(run.id, { thread_id: thread.id });
  expect((await openai.beta.threads.runs.poll(run.id, { thread_id: thread.id })).status).toBe('cancelled');
  await openai.beta.threads.messages.create(thread.id, { role: 'user', content: 'hello?' });
});

test('two runs started at once on one thread: one is taken, the other refused with 400', async () => {
  const assistant = await openai.beta.assistants.create({ model: 'gpt-4o' });
  for (let round = 0; round < 10; round += 1) {
    const thread = await openai.beta.threads.create({ messages: [{ role: 'user', content: 'both?' }] });
    const results = await Promise.allSettled(
      [1, 2].map(() => openai.beta.threads.runs.create(thread.id, { assistant_id: assistant.id })),
    );
    const taken = results.find((result) => result.status === 'fulfilled');
    const refused = results.filter((result) => result.status === 'rejected');
    // A quick run may have ended before the second request came; then both were taken, one after the other.
    if (refused.length === 0) continue;
    expect(refused[0]!.reason).toMatchObject({
      status: 400,
      message: `400 Thread ${thread.id} already has an active run ${taken!.value.id}.`,
    });
  }
});

test('lists page through everything once, newest first', async () => {
  const thread = await openai.beta.threads.create();
  const created: string[] = [];
  for (let index = 0; index < 5; index += 1)
    created.push((await openai.beta.threads.messages.create(thread.id, { role: 'user', content: String(index) })).id);
  const seen: string[] = [];
  for await (const message of openai.beta.threads.messages.list(thread.id, { limit: 2 })) seen.push(message.id);
  expect(seen).toEqual(created.toReversed());
  const oldest = await openai.beta.threads.messages.list(thread.id, { order: 'asc', limit: 2 });
  expect(oldest.data.map(({ id }) => id)).toEqual(created.slice(0, 2));
  const before = await openai.beta.threads.messages.list(thread.id, { before: created[1]!, limit: 2 });
  expect(before.data.map(({ id }) => id)).toEqual([created[3], created[2]]);
});
