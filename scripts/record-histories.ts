/**
 * Records histories of our workflows for test/replay, from runs with the scripted model: one for each way in which a run can go.
 * Recorded histories are replayed for ever. Record again only to add histories, under the name of the new version.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Client } from '@temporalio/client';
import OpenAI from 'openai';
import { z } from 'zod';
import { connect } from 'durable-assistants/client';
import { startEmbedded } from 'durable-assistants/embedded';
import { startScriptedModel } from 'durable-assistants/scripted-model';
import { assistantTools, defineTool } from 'durable-assistants/tools';
import { createWorker } from 'durable-assistants/worker';
import { version } from '../programs/version.ts';
import { connectNative, temporalTarget } from '../temporal/native-connection.ts';
import { call, modelScript, playModelScript } from '../test/helpers/model-script.ts';

const folder = new URL(`../test/replay/histories/${version}/`, import.meta.url);
await mkdir(folder, { recursive: true });
const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-record-'));

const none = z.object({});
const tools = [
  defineTool({ name: 'get_weather', parameters: z.object({ city: z.string() }), execute: ({ city }) => `sunny in ${city}` }),
  defineTool({ name: 'refund', parameters: none, approval: true, execute: () => 'refunded' }),
  defineTool({ name: 'large', parameters: none, execute: () => 'x'.repeat(60_000) }),
  defineTool({
    name: 'broken',
    parameters: none,
    retry: { maximumAttempts: 1 },
    execute: () => Promise.reject(new Error('broken')),
  }),
];

const model = await startScriptedModel({ script: playModelScript });
const service = await startEmbedded({
  settings: { DATA_DIR: directory, PORT: '0', TEMPORAL_PORT: '0', MODEL_BASE_URL: model.baseUrl, LOG_LEVEL: 'silent' },
});
const connection = await connectNative(temporalTarget(service.temporalAddress));
const client = new Client({ connection });
const worker = await createWorker({ tools, connection, endpoint: { baseUrl: service.apiUrl }, shutdownGraceTime: 200 });
const working = worker.run();
const assistants = await connect({ client });
const openai = new OpenAI({ baseURL: service.apiUrl, apiKey: 'none' });
const { id: assistantId } = await openai.beta.assistants.create({ model: 'm', tools: assistantTools(tools) });

async function record(name: string, workflowId: string, runId?: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  // Remove the identity and the stack traces of the recording machine: they are private, and a replay does not need them.
  const json = JSON.stringify(JSON.parse(historyToJSON(history)), (key, value: unknown) =>
    key === 'identity' ? 'recorder' : key === 'stackTrace' ? '' : value,
  );
  await writeFile(new URL(`${name}.json`, folder), `${json.replaceAll(hostname(), 'host')}\n`);
  console.log(`${name}: ${history.events?.length} events`);
}

const start = async (message: string, options = {}) => assistants.start({ assistantId, message, ...options });

const plain = await start('hello');
const { runId: plainRun } = await plain.result();
await record('orchestrate-plain', plain.workflowId);
await delay(500);
await record('execute-plain', plainRun);

const weather = modelScript({
  toolCalls: [
    { name: 'get_weather', arguments: { city: 'Paris' } },
    { name: 'no_such_tool', arguments: '{}' },
  ],
});
const tool = await start(weather, { deadline: '1 minute', roundDeadline: '30 seconds' });
const { runId: toolRun } = await tool.result();
await record('orchestrate-tools', tool.workflowId);
await delay(500);
await record('execute-tools', toolRun);

const people = await start(modelScript(call('refund')));
while ((await people.waiting()).length === 0) await delay(50);
await people.approve({ by: 'ann' });
await people.result();
await record('orchestrate-approval', people.workflowId);

const cancelled = await start(modelScript(call('refund')));
while ((await cancelled.waiting()).length === 0) await delay(50);
await cancelled.cancel();
await cancelled.result().catch(() => undefined);
await record('orchestrate-cancelled', cancelled.workflowId);

const failed = await start(modelScript(call('broken')));
await failed.result().catch(() => undefined);
await record('orchestrate-failed', failed.workflowId);

const long = await start(modelScript(...Array.from({ length: 12 }, () => call('large'))));
const first = await client.workflow.getHandle(long.workflowId).describe();
await long.result();
await record('orchestrate-continued-as-new', long.workflowId, first.runId);
await record('orchestrate-resumed', long.workflowId);

const session = assistants.session('recorded', { idle: 200 });
const queued = [await session.ask('one', { assistantId }), await session.ask('two', { assistantId })];
for (const { run } of queued) await run.result();
await record('orchestrate-queued', queued[1]!.run.workflowId);
await delay(1_000);
await record('session', session.workflowId);

worker.shutdown();
await working;
await connection.close();
await service.close();
await model.close();
await rm(directory, { recursive: true, force: true });
