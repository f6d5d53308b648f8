// A program of the time of Assistants v1, on npm openai 4.20.
import assert from 'node:assert/strict';
import OpenAI, { BadRequestError } from 'openai-v1';

// This version reads its key from the environment, but not yet its base URL.
const { beta } = new OpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const keys = (object) => Object.keys(object).toSorted();
const tool = {
  type: 'function',
  function: { name: 'query_order', parameters: { type: 'object', properties: { order_id: { type: 'string' } } } },
};
const assistant = await beta.assistants.create({ model: 'gpt-4-1106-preview', name: 'Support', tools: [tool], file_ids: [] });
const ASSISTANT = ['id', 'object', 'created_at', 'name', 'description', 'model', 'instructions', 'tools', 'file_ids', 'metadata'];
assert.deepEqual(keys(assistant), ASSISTANT.toSorted());
const thread = await beta.threads.create({ messages: [{ role: 'user', content: 'Where is my order ORD001?', file_ids: [] }] });
assert.deepEqual(keys(thread), ['created_at', 'id', 'metadata', 'object']);

let run = await beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
const ended = async () => {
  while (run.status === 'queued' || run.status === 'in_progress') {
    await new Promise((resolve) => setTimeout(resolve, 50));
    run = await beta.threads.runs.retrieve(thread.id, run.id);
  }
};
await ended();
assert.equal(run.status, 'requires_action');
assert.deepEqual(run.file_ids, []);
const calls = run.required_action.submit_tool_outputs.tool_calls;
run = await beta.threads.runs.submitToolOutputs(thread.id, run.id, {
  tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: 'shipped' })),
});
await ended();
assert.equal(run.status, 'completed');
const MESSAGE = ['id', 'object', 'created_at', 'thread_id', 'role', 'content', 'file_ids', 'assistant_id', 'run_id', 'metadata'];
const { data } = await beta.threads.messages.list(thread.id);
assert.match(data[0].content[0].text.value, /shipped/);
for (const message of data) assert.deepEqual(keys(message), MESSAGE.toSorted());
assert.equal((await beta.threads.runs.steps.list(thread.id, run.id)).data.length, 2);
assert.deepEqual((await beta.assistants.files.list(assistant.id)).data, []);
await assert.rejects(beta.assistants.files.create(assistant.id, { file_id: 'file-1' }), (error) => {
  assert.ok(error instanceof BadRequestError);
  return error.code === 'unsupported_feature';
});
assert.equal((await beta.threads.del(thread.id)).deleted, true);
assert.equal((await beta.assistants.del(assistant.id)).deleted, true);
console.log('ok');
