import { defineTool } from 'durable-assistants/tools';
import { z } from 'zod';

/** The work of the tool itself takes no time: what is measured is the way there and back. */
export const getWeather = defineTool({
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => `sunny in ${city}`,
});
