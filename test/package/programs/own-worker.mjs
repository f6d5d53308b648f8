// Orchestrated runs in two ways: by createWorker, and by the plugin in a Temporal worker of one's own. Prints both replies.
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import OpenAI from 'openai';
import { connect } from 'durable-assistants/client';
import { assistantTools } from 'durable-assistants/tools';
import { AssistantsPlugin, createWorker } from 'durable-assistants/worker';
import { lookUpOrder } from './tools.mjs';

const endpoint = { baseUrl: process.env.BASE_URL };
const openai = new OpenAI({ baseURL: endpoint.baseUrl, apiKey: 'none' });
const { id: assistantId } = await openai.beta.assistants.create({ model: 'gpt-4o', tools: assistantTools([lookUpOrder]) });

async function ask(taskQueue) {
  const assistants = await connect({ taskQueue, endpoint });
  const run = await assistants.start({ assistantId, message: 'Where is ORD001?' });
  const { reply, status } = await run.result();
  console.log(taskQueue, status, reply.text);
  await assistants.close();
}

const worker = await createWorker({
  tools: [lookUpOrder],
  taskQueue: 'by-create-worker',
  endpoint,
  shutdownGraceTime: '1 second',
});
const working = worker.run();
await ask('by-create-worker');
worker.shutdown();
await working;

const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS });
const own = await Worker.create({
  connection,
  taskQueue: 'by-plugin',
  plugins: [new AssistantsPlugin({ tools: [lookUpOrder], endpoint })],
});
await own.runUntil(ask('by-plugin'));

// Half a character in what a tool throws, in each half of the package that could send it on.
const breaking = {
  ...lookUpOrder,
  retry: { maximumAttempts: 1 },
  execute: () => Promise.reject(new Error('cut \ud83d')),
};
const fourth = await createWorker({ tools: [breaking], taskQueue: 'breaks', endpoint, shutdownGraceTime: '1 second' });
const breakingWork = fourth.run();
await ask('breaks').catch(({ type, message }) => console.log('breaks', type, message.includes('cut \ufffd'), fourth.problem));
fourth.shutdown();
await breakingWork;

// Temporal's UI shows where a workflow stands: by files of the package, not of the machine that built it.
const waiting = { ...lookUpOrder, approval: true };
const third = await createWorker({ tools: [waiting], taskQueue: 'waits', endpoint, shutdownGraceTime: '1 second' });
const waitingWork = third.run();
const assistants = await connect({ taskQueue: 'waits', endpoint });
const run = await assistants.start({ assistantId, message: 'Where is ORD001?' });
while ((await run.waiting()).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
const stack = await new Client({ connection }).workflow.getHandle(run.workflowId).query('__stack_trace');
console.log(
  'stack',
  stack.split('\n').find((line) => line.includes('/orchestrate-run/')),
);
await run.cancel();
await run.result().catch(() => undefined);
third.shutdown();
await waitingWork;
await assistants.close();
await connection.close();
