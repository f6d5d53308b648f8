// real Temporal; a proxy between the orchestrator and the server loses the answer to the request that creates the run
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { AssistantRunError, connect, type Assistants } from 'durable-assistants/client';
import { createWorker, type OrchestratorWorker } from 'durable-assistants/worker';
import { startTestService, type TestService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';

type Fault = 'drop' | 'bad gateway' | 'none';

let service: TestService;
let proxy: Server;
let worker: OrchestratorWorker;
let working: Promise<void>;
let assistants: Assistants;
let assistantId: string;
/** What happens to the answers of requests that create runs, in turn. */
let faults: Fault[] = [];

beforeAll(async () => {
  service = await startTestService({ script: () => ({ text: 'late', delayMs: 20_000 }) });
  assistantId = await service.assistantWith([]);
  const target = new URL(service.service.apiUrl);
  proxy = createServer((incoming, outgoing) => {
    const creates = incoming.method === 'POST' && incoming.url?.endsWith('/runs');
    const fault = creates ? (faults.shift() ?? 'none') : 'none';
    const passed = forward(
      { host: target.hostname, port: target.port, path: incoming.url, method: incoming.method, headers: incoming.headers },
      (answer) => {
        if (fault === 'none') {
          outgoing.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(outgoing);
          return;
        }
        answer.resume();
        void delay(800).then(() => (fault === 'drop' ? incoming.socket.destroy() : outgoing.writeHead(502).end('{}')));
      },
    );
    passed.on('error', () => incoming.socket.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { connection } = service;
  const endpoint = { baseUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/v1` };
  worker = await createWorker({
    connection,
    namespace: service.namespace,
    taskQueue: 'faulty',
    endpoint,
    shutdownGraceTime: 200,
  });
  working = worker.run();
  assistants = await connect({ client: service.temporal, taskQueue: 'faulty' });
});
afterAll(async () => {
  worker.shutdown();
  await working;
  proxy.closeAllConnections();
  proxy.close();
  await service.close();
});

const newThread = async (): Promise<string> => (await service.openai.beta.threads.create()).id;
const statuses = async (threadId: string): Promise<string[]> =>
  (await service.openai.beta.threads.runs.list(threadId)).data.map(({ status }) => status);

test.each(['drop', 'bad gateway'] as const)(
  'the answer is lost (%s) → asked again with the same key: one run, one message',
  async (fault) => {
    faults = [fault];
    const threadId = await newThread();
    const run = await assistants.start({ assistantId, threadId, message: 'once' });
    await waitUntil('the second attempt', async () => (await run.status()).runId);
    expect(await statuses(threadId)).toHaveLength(1);
    expect((await service.openai.beta.threads.messages.list(threadId)).data).toHaveLength(1);
    await run.cancel();
    await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled' });
    expect(await statuses(threadId)).toEqual(['cancelled']);
  },
);

test.each([
  ['drop', undefined, 'Cancelled'],
  ['bad gateway', undefined, 'Cancelled'],
  ['drop', '400 milliseconds', 'DeadlineExceeded'],
  ['bad gateway', '400 milliseconds', 'DeadlineExceeded'],
] as const)(
  'the answer is lost (%s) and the workflow ended meanwhile (deadline %s) → %s, the run cancelled',
  async (fault, deadline, type) => {
    faults = [fault];
    const threadId = await newThread();
    const run = await assistants.start({ assistantId, threadId, message: 'lost?', ...(deadline && { deadline }) });
    await waitUntil('the first attempt', async () => (await statuses(threadId)).length === 1);
    if (!deadline) await run.cancel();
    const error = await run.result().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AssistantRunError);
    expect((error as AssistantRunError).type).toBe(type);
    expect(await statuses(threadId)).toEqual(['cancelled']);
  },
);
