/** LangChain's OpenAIAssistantRunnable (npm langchain 0.3): alone, and as an agent with a tool. */
import assert from 'node:assert/strict';
import { tool } from '@langchain/core/tools';
import { AgentExecutor } from 'langchain/agents';
import { OpenAIAssistantRunnable } from 'langchain/experimental/openai_assistant';
import { z } from 'zod';

const runnable = await OpenAIAssistantRunnable.createAssistant({ model: 'gpt-4o', pollIntervalMs: 50 });
const [message] = await runnable.invoke({ content: 'How do you do?' });
assert.match(message.content[0].text.value, /How do you do\?/);
const again = await runnable.invoke({ content: 'And you?', threadId: message.thread_id });
assert.match(again[0].content[0].text.value, /And you\?/);
assert.equal((await runnable.getAssistant()).id, message.assistant_id);
assert.equal((await runnable.modifyAssistant({ name: 'New' })).name, 'New');
assert.equal((await runnable.deleteAssistant()).deleted, true);

const calls = [];
const queryOrder = tool(
  async ({ order_id }) => {
    calls.push(order_id);
    return `${order_id} has shipped`;
  },
  { name: 'query_order', description: 'Look up an order.', schema: z.object({ order_id: z.string() }) },
);
const agent = await OpenAIAssistantRunnable.createAssistant({
  model: 'gpt-4o',
  tools: [queryOrder],
  asAgent: true,
  pollIntervalMs: 50,
});
const executor = AgentExecutor.fromAgentAndTools({ agent, tools: [queryOrder] });
const answer = await executor.invoke({ content: 'Where are ORD001 and ORD002?' });
assert.deepEqual(new Set(calls), new Set(['ORD001', 'ORD002']));
assert.match(answer.output, /ORD001 has shipped/);
assert.match(answer.output, /ORD002 has shipped/);
console.log('ok');
