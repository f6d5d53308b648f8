/** The orchestrator against an endpoint that is not ours: a worker of its own, on a queue of its own. */
import OpenAI from 'openai';
import { connect } from 'durable-assistants/client';
import { createWorker } from 'durable-assistants/worker';
import { local } from '../local.ts';

await local('other-endpoint', [], async ({ apiUrl }) => {
  // Here it is the local server again; usually https://your-gateway.example/v1 and its key.
  const endpoint = { baseUrl: apiUrl, apiKey: process.env['OTHER_API_KEY'] ?? 'none', requestTimeoutMs: 20_000 };

  const worker = await createWorker({ taskQueue: 'gateway', endpoint, shutdownGraceTime: '1 second' });
  const working = worker.run();

  const openai = new OpenAI({ baseURL: endpoint.baseUrl, apiKey: endpoint.apiKey });
  const assistant = await openai.beta.assistants.create({ model: 'gpt-4o-mini' });

  const assistants = await connect({ taskQueue: 'gateway' });
  const run = await assistants.start({ assistantId: assistant.id, message: 'Hello there.', messageMetadata: { ticket: '4711' } });
  const { reply, threadId, runId } = await run.result();
  console.log(reply?.text);

  // By this pair the orchestrator finds its run again when an answer gets lost.
  const { metadata } = await openai.beta.threads.runs.retrieve(runId, { thread_id: threadId });
  console.log(Object.keys(metadata as object));

  await assistants.close();
  worker.shutdown();
  await working;
});
