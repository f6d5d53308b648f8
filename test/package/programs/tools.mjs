import { defineTool } from 'durable-assistants/tools';
import { z } from 'zod';

export const lookUpOrder = defineTool({
  name: 'look_up_order',
  description: "Look up an order's status.",
  parameters: z.object({ order_id: z.string() }),
  execute: async ({ order_id }) => `${order_id} has been shipped`,
});
