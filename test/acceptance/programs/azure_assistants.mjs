// A program on Azure's own package, whose API version has the objects of Assistants v1.
import assert from 'node:assert/strict';
import { AssistantsClient, AzureKeyCredential } from '@azure/openai-assistants';

const { AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_KEY } = process.env;
const client = new AssistantsClient(AZURE_OPENAI_ENDPOINT, new AzureKeyCredential(AZURE_OPENAI_API_KEY), {
  allowInsecureConnection: true,
});
const parameters = { type: 'object', properties: { order_id: { type: 'string' } } };
const tool = { type: 'function', function: { name: 'query_order', description: 'Look up an order', parameters } };
const assistant = await client.createAssistant({ model: 'gpt-4o', name: 'Support', tools: [tool], fileIds: [] });
assert.deepEqual(assistant.fileIds, []);
const thread = await client.createThread({ messages: [{ role: 'user', content: 'Hello', fileIds: [] }] });
const message = await client.createMessage(thread.id, 'user', 'Where is my order ORD001?');
assert.deepEqual(message.fileIds, []);

let run = await client.createRun(thread.id, { assistantId: assistant.id });
const ended = async () => {
  while (run.status === 'queued' || run.status === 'in_progress') {
    await new Promise((resolve) => setTimeout(resolve, 50));
    run = await client.getRun(run.threadId, run.id);
  }
};
await ended();
assert.equal(run.status, 'requires_action');
const { toolCalls } = run.requiredAction.submitToolOutputs;
run = await client.submitToolOutputsToRun(
  thread.id,
  run.id,
  toolCalls.map(({ id }) => ({ toolCallId: id, output: 'shipped' })),
);
await ended();
assert.equal(run.status, 'completed');
assert.equal((await client.listRunSteps(thread.id, run.id)).data.length, 2);
const messages = await client.listMessages(thread.id);
assert.match(messages.data[0].content[0].text.value, /shipped/);
run = await client.createThreadAndRun({
  assistantId: assistant.id,
  thread: { messages: [{ role: 'user', content: 'Hello' }] },
});
await ended();
assert.equal(run.status, 'completed');
assert.deepEqual((await client.listAssistantFiles(assistant.id)).data, []);
assert.equal((await client.updateAssistant(assistant.id, { name: 'New' })).name, 'New');
assert.equal((await client.deleteThread(thread.id)).deleted, true);
assert.equal((await client.deleteAssistant(assistant.id)).deleted, true);
console.log('ok');
