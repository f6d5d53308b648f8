// real Temporal, one process
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { assistantTools, defineTool } from 'durable-assistants/tools';
import { startTestService } from '../helpers/service.ts';

/** More than the slots of a server’s runs (200) and of tools (100). */
const RUNS = 220;

test(`${RUNS} orchestrated runs at once, each with a tool call, all finish: no queue starves another`, async () => {
  const called: string[] = [];
  const tool = defineTool({
    name: 'query_order',
    parameters: z.object({ order_id: z.string() }),
    execute: ({ order_id }) => {
      called.push(order_id);
      return order_id;
    },
  });
  const service = await startTestService({ tools: [tool] });
  try {
    const assistant = await service.openai.beta.assistants.create({ model: 'm', tools: assistantTools([tool]) });
    const runs = await Promise.all(
      Array.from({ length: RUNS }, (_, index) =>
        service.assistants.start({ assistantId: assistant.id, message: `Where is ORD${index}?` }),
      ),
    );
    const results = await Promise.all(runs.map((run) => run.result()));
    for (const [index, result] of results.entries()) expect(result.reply?.text).toContain(`ORD${index}`);
    expect(called.toSorted()).toEqual(Array.from({ length: RUNS }, (_, index) => `ORD${index}`).toSorted());
  } finally {
    await service.close();
  }
}, 180_000);
