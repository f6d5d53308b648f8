import { defineTool } from 'durable-assistants/tools';
import { z } from 'zod';

/** Has an effect outside of all our tables: it tells a counter in another process, with its key. */
export const countEffect = defineTool({
  name: 'count_effect',
  parameters: z.object({ code: z.string() }),
  retry: { maximumAttempts: 20, initialInterval: 100 },
  async execute({ code }, { idempotencyKey, signal }) {
    const response = await fetch(process.env['CHAOS_EFFECTS']!, {
      method: 'POST',
      headers: { 'idempotency-key': idempotencyKey },
      body: code,
      signal,
    });
    return response.text();
  },
});
