/** A refund that somebody must approve, and a question that only a person can answer. */
import { setTimeout as delay } from 'node:timers/promises';
import type { AssistantRun } from 'durable-assistants/client';
import { defineTool } from 'durable-assistants/tools';
import { z } from 'zod';
import { local } from '../local.ts';

// What waits for whom is said where the tool is defined.
const refund = defineTool({
  name: 'refund_order',
  description: 'Give the money for an order back.',
  parameters: z.object({ order_id: z.string(), amount: z.number() }),
  approval: { when: ({ amount }) => amount > 100, expiresAfter: '2 days' },
  execute: async ({ order_id, amount }) => ({ order_id, refunded: amount }),
});

const askExpert = defineTool({
  name: 'ask_expert',
  description: 'Ask a human expert.',
  parameters: z.object({ question: z.string() }),
  external: { expiresAfter: '8 hours' },
});

async function untilWaiting(run: AssistantRun): Promise<void> {
  for (;;) {
    const { status } = await run.status();
    if (status !== 'RUNNING' || (await run.waiting()).length > 0) return;
    await delay(100);
  }
}

await local('people', [refund, askExpert], async ({ assistants, assistantId }) => {
  // People are slower than ten minutes: the run may wait for three days.
  const message = 'Please refund 250 dollars for ORDER77.';
  const run = await assistants.start({ assistantId, message, expiresAfter: '3 days' });
  await untilWaiting(run);

  // Anywhere, at any time: what waits, across all runs.
  for await (const { workflowId, summary, sinceMs } of assistants.waiting()) {
    if (workflowId === run.workflowId) console.log(`waits since ${new Date(sinceMs).toLocaleTimeString()}: ${summary}`);
  }

  const { decision, tool } = await run.approve({ by: 'ann@example.com' });
  console.log(`${tool} ${decision}`);
  const { reply, toolCalls } = await run.result();
  console.log(`${reply?.text} (approved by ${toolCalls[0]?.by})`);

  const refused = await assistants.start({
    assistantId,
    message: 'Please refund 9000 dollars for ORDER78.',
    expiresAfter: '3 days',
  });
  await untilWaiting(refused);
  await refused.reject({ by: 'bob@example.com', reason: 'Over the limit. Offer a voucher.' });
  console.log((await refused.result()).reply?.text);

  const asked = await assistants.start({ assistantId, message: 'Ask the expert: is it safe?', expiresAfter: '1 day' });
  await untilWaiting(asked);
  await asked.answer({ by: 'eve@example.com', output: { safe: true, note: 'Keep it dry.' } });
  console.log((await asked.result()).reply?.text);
});
