import { defineTool } from 'durable-assistants/tools';
import { z } from 'zod';

/** The tool itself takes no time: what is measured is the cost of calling it. */
export const getWeather = defineTool({
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => `sunny in ${city}`,
});

/** Needs the approval of a person. */
export const refund = defineTool({
  name: 'refund',
  parameters: z.object({}),
  approval: true,
  execute: async () => 'refunded',
});

const REPORT = 'The figures of the quarter. '.repeat(183);

/** Returns five kilobytes of output. */
export const report = defineTool({ name: 'report', parameters: z.object({}), execute: async () => REPORT });
