// real Temporal: our workflows in somebody else's worker, as a child workflow, and through an upgrade of versioned workers
import { beforeAll, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { z } from 'zod';
import { connect } from 'durable-assistants/client';
import { defineTool } from 'durable-assistants/tools';
import { AssistantsPlugin, createWorker } from 'durable-assistants/worker';
import { call, modelScript, playModelScript } from '../helpers/model-script.ts';
import { withService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const greet = defineTool({
  name: 'greet',
  parameters: z.object({ name: z.string() }),
  execute: ({ name }) => `hello ${name}`,
});
const ask = defineTool({ name: 'ask', parameters: z.object({}), external: true });
const tools = [greet, ask];

let assistantId: string;
const service = withService({ script: playModelScript, ownTemporal: true });
beforeAll(async () => {
  assistantId = await service.assistantWith(tools);
});

const greeting = modelScript(call('greet', { name: 'Ann' }));

test('a plugin mounts everything into a worker and a client that have nothing of ours', async () => {
  const plugins = [new AssistantsPlugin({ tools, endpoint: { baseUrl: service.service.apiUrl } })];
  const worker = await Worker.create({ connection: service.connection, taskQueue: 'plugged', plugins });
  const assistants = await connect({ client: service.temporal, taskQueue: 'plugged' });
  await worker.runUntil(async () => {
    const run = await assistants.start({ assistantId, message: greeting });
    expect((await run.result()).reply?.text).toBe('hello Ann');
  });
});

test('a worker with workflows and activities of its own exports ours and calls them as children', async () => {
  const plugins = [new AssistantsPlugin({ tools, endpoint: { baseUrl: service.service.apiUrl } })];
  const worker = await Worker.create({
    connection: service.connection,
    taskQueue: 'own-workflows',
    workflowsPath: fileURLToPath(new URL('../../examples/09-own-worker/workflows.ts', import.meta.url)),
    // The sources instead of a build.
    bundlerOptions: {
      webpackConfigHook: (config) => ({
        ...config,
        resolve: { ...config.resolve, conditionNames: ['durable-assistants-source', '...'] },
      }),
    },
    activities: { fileTicket: async (text: string) => `ticket: ${text}` },
    plugins,
  });
  await worker.runUntil(async () => {
    const answer = await service.temporal.workflow.execute('handleComplaint', {
      args: [assistantId, greeting],
      workflowId: `own-${Date.now()}`,
      taskQueue: 'own-workflows',
    });
    expect(answer).toBe('ticket: hello Ann');
  });
});

test('versioned workers: a run stays with the version it began on, new ones go to the new version', async () => {
  const name = `shop-${Date.now()}`;
  const taskQueue = name;
  const start = async (buildId: string) => {
    const worker = await createWorker({
      tools: [defineTool({ ...greet, execute: () => `from ${buildId}` }), ask],
      endpoint: { baseUrl: service.service.apiUrl },
      connection: service.connection,
      namespace: 'default',
      taskQueue,
      shutdownGraceTime: 200,
      deployment: { name, buildId },
    });
    const working = worker.run();
    await waitUntil(`version ${buildId} to be current`, async () =>
      service.temporal.workflowService
        .setWorkerDeploymentCurrentVersion({ namespace: 'default', deploymentName: name, buildId, identity: 'test' })
        .catch(() => null),
    );
    return async () => {
      worker.shutdown();
      await working;
    };
  };
  const assistants = await connect({ client: service.temporal, taskQueue });
  const stopOld = await start('1');
  const message = modelScript(call('ask'), call('greet', { name: 'Ann' }));
  const old = await assistants.start({ assistantId, message });
  await waitUntil('the old run', async () => (await old.waiting()).length === 1);
  const stopNew = await start('2');
  const young = await assistants.start({ assistantId, message });
  await waitUntil('the new run', async () => (await young.waiting()).length === 1);
  const versionOf = async (workflowId: string) => {
    const { raw } = await service.temporal.workflow.getHandle(workflowId).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
  };
  expect([await versionOf(old.workflowId), await versionOf(young.workflowId)]).toEqual(['1', '2']);
  for (const run of [old, young]) await run.answer({ by: 'test', output: 'go on' });
  expect((await old.result()).reply?.text).toBe('go on | from 1');
  expect((await young.result()).reply?.text).toBe('go on | from 2');
  await stopOld();
  await stopNew();
});
