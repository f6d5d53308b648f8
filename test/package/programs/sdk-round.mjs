// The API's own tutorial: a function tool whose output the program submits. Prints the reply.
import OpenAI from 'openai';
import { assistantTools } from 'durable-assistants/tools';
import { lookUpOrder } from './tools.mjs';

const openai = new OpenAI({ baseURL: process.env.BASE_URL, apiKey: 'none' });
const assistant = await openai.beta.assistants.create({ model: 'gpt-4o', tools: assistantTools([lookUpOrder]) });
const thread = await openai.beta.threads.create({ messages: [{ role: 'user', content: 'Where is ORD001?' }] });
let run = await openai.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
const outputs = run.required_action.submit_tool_outputs.tool_calls.map((call) => {
  const { order_id } = JSON.parse(call.function.arguments);
  return { tool_call_id: call.id, output: `${order_id} has been shipped` };
});
run = await openai.beta.threads.runs.submitToolOutputsAndPoll(run.id, { thread_id: thread.id, tool_outputs: outputs });
const [reply] = (await openai.beta.threads.messages.list(thread.id)).data;
console.log(run.status, reply.content[0].text.value);
