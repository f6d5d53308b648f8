// real Temporal, one process: the events of orchestrated runs, as backends read them
import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { connect, type AssistantRun, type RunEvent } from 'durable-assistants/client';
import { defineTool } from 'durable-assistants/tools';
import { withService } from '../helpers/service.ts';

const queryOrder = defineTool({
  name: 'query_order',
  parameters: z.object({ order_id: z.string() }),
  execute: ({ order_id }) => `${order_id} has shipped`,
});

let assistantId: string;
const service = withService({ tools: [queryOrder] });
beforeAll(async () => {
  assistantId = await service.assistantWith([queryOrder]);
});

const start = (message: string): Promise<AssistantRun> => service.assistants.start({ assistantId, message });

test('events: what the model says while it says it, through all rounds, and from any number on', async () => {
  const run = await start('Where is ORD001?');
  const events: RunEvent[] = [];
  for await (const event of run.events()) events.push(event);
  const { runId, reply } = await run.result();
  expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ event }) => event === 'thread.run.requires_action')).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ event: 'thread.run.completed', data: { id: runId } });
  const pieces = events.flatMap((event) => (event.event === 'thread.message.delta' ? event.data.delta.content : []));
  expect(pieces.map((part) => (part.type === 'text' ? part.text.value : '')).join('')).toBe(reply?.text);
  const rest: RunEvent[] = [];
  for await (const event of service.assistants.get(run.workflowId).events({ after: events.length - 2 })) rest.push(event);
  expect(rest).toEqual(events.slice(-2));
});

test('events of an endpoint that has none → an error that says so', async () => {
  const assistants = await connect({ client: service.temporal, endpoint: { baseUrl: `${service.service.apiUrl}/elsewhere` } });
  const run = await start('hello');
  await run.result();
  const read = async () => {
    for await (const event of assistants.get(run.workflowId).events()) expect(event).toBeUndefined();
  };
  await expect(read()).rejects.toThrow(/does not give the events of this run \(404: Invalid URL .* watch\(\) works with any/);
});

test('events behind a number to come → an error in the endpoint’s words', async () => {
  const run = await start('hello');
  await run.result();
  const read = async () => {
    for await (const event of run.events({ after: 999 })) expect(event).toBeUndefined();
  };
  await expect(read()).rejects.toThrow(/\(400: Invalid 'Last-Event-ID': expected the number of an event/);
});
