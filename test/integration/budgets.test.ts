// real Temporal, one process: what a run may use, and what of its settings reaches the model
import { beforeAll, expect, test } from '@jest/globals';
import type { ScriptedRequest, ScriptedTurn } from 'durable-assistants/scripted-model';
import { withService } from '../helpers/service.ts';

const tool = { type: 'function' as const, function: { name: 'f', parameters: { type: 'object', properties: {} } } };

function script(request: ScriptedRequest): ScriptedTurn {
  const words = String(request.messages.findLast((message) => message.role === 'user')?.content);
  if (request.messages.some((message) => message.role === 'tool')) return { text: 'done' };
  if (words === 'call at length') return { text: 'word '.repeat(300), toolCalls: [{ name: 'f', arguments: '{}' }] };
  if (words === 'call') return { toolCalls: [{ name: 'f', arguments: '{}' }] };
  return { text: 'ok' };
}

let assistantId: string;
const service = withService({ script, settings: { MODEL_CONTEXT_TOKENS: '2000' } });
beforeAll(async () => {
  assistantId = (await service.openai.beta.assistants.create({ model: 'm', tools: [tool] })).id;
});

test('max_completion_tokens used up by an earlier turn → incomplete, and the model is not asked again', async () => {
  const { threads } = service.openai.beta;
  let run = await threads.createAndRunPoll({
    assistant_id: assistantId,
    max_completion_tokens: 256,
    thread: { messages: [{ role: 'user', content: 'call at length' }] },
  });
  expect(run.status).toBe('requires_action');
  const asked = service.model.requests.length;
  const tool_outputs = run.required_action!.submit_tool_outputs.tool_calls.map(({ id }) => ({ tool_call_id: id, output: 'x' }));
  run = await threads.runs.submitToolOutputsAndPoll(run.id, { thread_id: run.thread_id, tool_outputs });
  expect(run).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_completion_tokens' } });
  expect(service.model.requests).toHaveLength(asked);
  const steps = await threads.runs.steps.list(run.id, { thread_id: run.thread_id });
  expect(steps.data.reduce((sum, { usage }) => sum + usage!.total_tokens, 0)).toBe(run.usage!.total_tokens);
});

test('a message that does not fit max_prompt_tokens → incomplete, and the model is not asked', async () => {
  const { threads } = service.openai.beta;
  const asked = service.model.requests.length;
  const run = await threads.createAndRunPoll({
    assistant_id: assistantId,
    max_prompt_tokens: 256,
    thread: { messages: [{ role: 'user', content: 'word '.repeat(500) }] },
  });
  expect(run).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_prompt_tokens' } });
  expect(service.model.requests).toHaveLength(asked);
});

test('a thread longer than the window → the model sees its beginning and its end', async () => {
  const { threads } = service.openai.beta;
  const messages = Array.from({ length: 40 }, (_, index) => ({
    role: 'user' as const,
    content: `${index} ${'word '.repeat(60)}`,
  }));
  const run = await threads.createAndRunPoll({ assistant_id: assistantId, thread: { messages } });
  expect(run.status).toBe('completed');
  const seen = service.model.requests.at(-1)!.messages.map(({ content }) => Number(String(content).split(' ')[0]));
  expect(seen[0]).toBe(0);
  expect(seen.at(-1)).toBe(39);
  expect(seen.length).toBeLessThan(30);
  expect(seen.slice(1)).toEqual(seen.slice(1).map((_, index) => 39 - seen.length + 2 + index));
});

test('response_format, parallel_tool_calls, temperature, top_p, reasoning_effort and images → as they were sent', async () => {
  const { threads } = service.openai.beta;
  const schema = { name: 'answer', strict: true, schema: { type: 'object', properties: {}, additionalProperties: false } };
  const url = 'https://example.invalid/never-fetched.png';
  await threads.createAndRunPoll({
    assistant_id: assistantId,
    response_format: { type: 'json_schema', json_schema: schema },
    parallel_tool_calls: false,
    temperature: 0,
    top_p: 0.5,
    thread: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] },
  });
  expect(service.model.requests.at(-1)).toMatchObject({
    response_format: { type: 'json_schema', json_schema: schema },
    parallel_tool_calls: false,
    temperature: 0,
    top_p: 0.5,
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url, detail: 'auto' } }] }],
  });
  expect(service.model.requests.at(-1)).not.toHaveProperty('reasoning_effort');
});
