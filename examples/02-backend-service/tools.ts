import { defineTool } from 'durable-assistants/tools';
import { z } from 'zod';

/** What this worker offers to assistants. */
export const queryOrder = defineTool({
  name: 'query_order',
  description: "Look up an order's status and tracking number.",
  parameters: z.object({ order_id: z.string() }),
  retry: { maximumAttempts: 5 },
  startToCloseTimeout: '10 seconds',
  async execute({ order_id }) {
    return { order_id, status: 'shipped', tracking: 'SF123456' };
  },
});
