// real Temporal: what can be searched for, and a Temporal that does not know our attributes, or not yet
import { beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { connect } from 'durable-assistants/client';
import { defineTool } from 'durable-assistants/tools';
import { checkSearchAttributes } from '../../operations/doctor/check-search-attributes.ts';
import { startDevServer } from '../../embedded/temporal/dev-server.ts';
import { provideTemporal } from '../../embedded/temporal/provide.ts';
import { searchAttributes } from '../../contracts/search-attributes.ts';
import { freshDataDirectory } from '../helpers/database-template.ts';
import { modelScript, playModelScript } from '../helpers/model-script.ts';
import { withService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let letGo = (): void => {};
const tools = [
  defineTool({ name: 'quick', parameters: z.object({}), execute: () => 'done' }),
  defineTool({
    name: 'slow',
    parameters: z.object({}),
    execute: () => new Promise((resolve) => (letGo = () => resolve('done'))),
  }),
];

let assistantId: string;
const service = withService({ script: playModelScript, tools, ownTemporal: true });
beforeAll(async () => {
  assistantId = await service.assistantWith(tools);
});

const start = (name: string) =>
  service.assistants.start({ assistantId, message: modelScript({ toolCalls: [{ name, arguments: {} }] }) });

/** Run statuses that a workflow made searchable, in their order. */
async function statusesOf(workflowId: string): Promise<unknown[]> {
  const { events } = await service.temporal.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const payload = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
    const data = payload?.[searchAttributes.runStatus.name]?.data;
    return data ? [JSON.parse(Buffer.from(data).toString())] : [];
  });
}

test('a round that is over in no time is not written down; its tool is, with the end', async () => {
  const run = await start('quick');
  const { threadId } = await run.result();
  expect(await statusesOf(run.workflowId)).toEqual(['in_progress', 'completed']);
  const { typedSearchAttributes } = await service.temporal.workflow.getHandle(run.workflowId).describe();
  expect(typedSearchAttributes.get(searchAttributes.tool)).toEqual(['quick']);
  expect(typedSearchAttributes.get(searchAttributes.threadId)).toBe(threadId);
  expect(typedSearchAttributes.get(searchAttributes.assistantId)).toBe(assistantId);
});

test('a round that lasts can be searched for while it does', async () => {
  const run = await start('slow');
  const { runStatus, tool } = searchAttributes;
  const query = `${runStatus.name} = 'requires_action' AND ${tool.name} = 'slow' AND WorkflowId = '${run.workflowId}'`;
  await waitUntil('the run in the list', async () => (await service.temporal.workflow.count(query)).count === 1);
  letGo();
  await run.result();
  expect(await statusesOf(run.workflowId)).toEqual(['in_progress', 'requires_action', 'in_progress', 'completed']);
});

test('a Temporal that does not know them, or not yet: runs do without', async () => {
  const { directory, remove } = await freshDataDirectory();
  const executable = await provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'] });
  const temporal = await startDevServer({ executable, directory, port: 0, ui: false, searchAttributes: {} });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const started = async () => {
    const assistants = await connect({ client });
    const { workflowId } = await assistants.start({ assistantId, message: 'hello' });
    for await (const call of assistants.waiting()) expect(call).toBeUndefined();
    const { typedSearchAttributes } = await client.workflow.getHandle(workflowId).describe();
    return typedSearchAttributes.get(searchAttributes.runStatus);
  };
  try {
    expect(await started()).toBeUndefined();
    expect(await checkSearchAttributes(client, connection, true)).toMatchObject({ state: 'ok' });
    // The server believes for a moment what it knew before.
    await started();
    await waitUntil('a run with them', async () => (await started()) === 'queued');
  } finally {
    await connection.close();
    await temporal.stop();
    await remove();
  }
});
