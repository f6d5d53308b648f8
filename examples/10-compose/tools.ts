import { setTimeout as delay } from 'node:timers/promises';
import { defineTool } from 'durable-assistants/tools';
import { z } from 'zod';

const ORDERS: Record<string, { status: string; tracking?: string }> = {
  ORD001: { status: 'shipped', tracking: 'SF123456' },
  ORD002: { status: 'in progress' },
};

/** What the tools worker of docker-compose.yml offers to assistants. Put your own in its place. */
export const queryOrder = defineTool({
  name: 'query_order',
  description: "Look up an order's status and tracking number.",
  parameters: z.object({ order_id: z.string().describe('The order number, like ORD001') }),
  retry: { maximumAttempts: 5 },
  startToCloseTimeout: '10 seconds',
  async execute({ order_id }, { signal }) {
    await delay(200, undefined, { signal });
    return { order_id, ...(ORDERS[order_id] ?? { status: 'unknown order' }) };
  },
});
