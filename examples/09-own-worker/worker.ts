/** A Temporal worker that you have already, with assistants mounted into it. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { AssistantsPlugin } from 'durable-assistants/worker';
import { local } from '../local.ts';

await local('not-used', [], async ({ assistantId, apiUrl }) => {
  const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233' });

  const worker = await Worker.create({
    connection,
    taskQueue: 'complaints',
    workflowsPath: fileURLToPath(new URL(`./workflows${extname(import.meta.url)}`, import.meta.url)),
    activities: { fileTicket: async (text: string) => `ticket 1: ${text}` },
    plugins: [new AssistantsPlugin({ tools: [], endpoint: { baseUrl: apiUrl } })],
    // Within this repository: the sources instead of the built package.
    bundlerOptions: {
      webpackConfigHook: (config) => ({
        ...config,
        resolve: { ...config.resolve, conditionNames: ['durable-assistants-source', '...'] },
      }),
    },
  });

  const client = new Client({ connection });
  const ticket = await worker.runUntil(
    client.workflow.execute('handleComplaint', {
      taskQueue: 'complaints',
      workflowId: `complaint-${Date.now()}`,
      args: [assistantId, 'My parcel is wet.'],
    }),
  );
  console.log(ticket);
  await connection.close();
});
