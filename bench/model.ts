/**
 * The model of the benches, in a process of its own: no latency (three seconds for those who ask it to think, two seconds of
 * speech for those who ask it to speak), one call of `get_weather` where it has the tool, then one sentence.
 */
import { startScriptedModel } from 'durable-assistants/scripted-model';
import { SPEAK, speak } from './speaking.ts';
import { THINK, THINK_MS } from './thinking.ts';

const { baseUrl } = await startScriptedModel({
  script: ({ messages, tools }) => {
    if (String(messages.at(-1)?.content).includes(SPEAK)) return { text: speak() };
    if (String(messages.at(-1)?.content).includes(THINK)) return { text: 'It will be sunny.', delayMs: THINK_MS };
    return tools?.length && messages.at(-1)?.role === 'user'
      ? { toolCalls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] }
      : { text: 'It is sunny in Paris today.' };
  },
});
process.stdout.write(`${baseUrl}\n`);
