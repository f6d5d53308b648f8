import { setTimeout as delay } from 'node:timers/promises';
import { defineTool } from 'durable-assistants/tools';
import { z } from 'zod';

const ORDERS: Record<string, { status: string; tracking?: string }> = {
  ORD001: { status: '已发货', tracking: 'SF123456' },
  ORD002: { status: '处理中' },
};

const PRODUCTS: Record<string, { stock: number; price: number }> = {
  PROD001: { stock: 100, price: 99.9 },
  PROD002: { stock: 0, price: 149.9 },
};

/** The shop's order system is down for the first two requests, so that retries can be seen. */
let outages = 2;

export const queryOrder = defineTool({
  name: 'query_order',
  description: "Look up an order's status and tracking number. 查询订单状态",
  parameters: z.object({ order_id: z.string().describe('The order number, like ORD001') }),
  retry: { maximumAttempts: 5, initialInterval: '300 milliseconds' },
  startToCloseTimeout: '10 seconds',
  async execute({ order_id }, { signal }) {
    await delay(50, undefined, { signal });
    if (outages > 0) {
      outages -= 1;
      throw new Error('The order system does not answer (503)');
    }
    return { order_id, ...(ORDERS[order_id] ?? { status: 'unknown order' }) };
  },
});

export const checkInventory = defineTool({
  name: 'check_inventory',
  description: "Check a product's stock and price. 查询库存",
  parameters: z.object({ product_id: z.string().describe('The product number, like PROD001') }),
  async execute({ product_id }, { signal }) {
    await delay(50, undefined, { signal });
    return { product_id, ...(PRODUCTS[product_id] ?? { stock: 0, price: null }) };
  },
});
