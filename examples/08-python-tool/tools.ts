import { defineTool } from 'durable-assistants/tools';
import { z } from 'zod';

/** What the model sees, and what its arguments are checked against. The work is done by the workers of its queue. */
export const wordCount = defineTool({
  name: 'count_words',
  description: 'Count the words of a text.',
  parameters: z.object({ text: z.string() }),
  taskQueue: 'python-tools',
  startToCloseTimeout: '10 seconds',
});
