/** Vercel's AssistantResponse (npm ai 4): the route that its useAssistant hook calls, with a tool round. */
import assert from 'node:assert/strict';
import { AssistantResponse, parseAssistantStreamPart } from 'ai';
import OpenAI from 'openai';

const openai = new OpenAI();
const parameters = { type: 'object', properties: { order_id: { type: 'string' } }, required: ['order_id'] };
const assistant = await openai.beta.assistants.create({
  model: 'gpt-4o',
  tools: [{ type: 'function', function: { name: 'query_order', parameters } }],
});

async function POST(content) {
  const threadId = (await openai.beta.threads.create({})).id;
  const created = await openai.beta.threads.messages.create(threadId, { role: 'user', content });
  return AssistantResponse({ threadId, messageId: created.id }, async ({ forwardStream }) => {
    let run = await forwardStream(openai.beta.threads.runs.stream(threadId, { assistant_id: assistant.id }));
    while (run?.status === 'requires_action' && run.required_action?.type === 'submit_tool_outputs') {
      const tool_outputs = run.required_action.submit_tool_outputs.tool_calls.map(({ id }) => ({
        tool_call_id: id,
        output: 'shipped',
      }));
      run = await forwardStream(openai.beta.threads.runs.submitToolOutputsStream(threadId, run.id, { tool_outputs }));
    }
  });
}

for (const [question, expected] of [
  ['How do you do?', 'How do you do?'],
  ['Where is ORD001?', 'shipped'],
]) {
  const lines = (await (await POST(question)).text()).trim().split('\n');
  const parts = lines.map((line) => parseAssistantStreamPart(line));
  assert.deepEqual(
    parts.filter(({ type }) => type === 'error'),
    [],
  );
  const pieces = parts.filter(({ type }) => type === 'text').map(({ value }) => value);
  assert.ok(pieces.length > 2 && pieces.join('').includes(expected), pieces.join('|'));
  assert.equal(parts.filter(({ type }) => type === 'assistant_message').length, 1);
}
console.log('ok');
