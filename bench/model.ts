/** The model of the benches, in a process of its own: no latency, one call of `get_weather` where it has the tool, then one sentence. */
import { startScriptedModel } from 'durable-assistants/scripted-model';

const { baseUrl } = await startScriptedModel({
  script: ({ messages, tools }) =>
    tools?.length && messages.at(-1)?.role === 'user'
      ? { toolCalls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] }
      : { text: 'It is sunny in Paris today.' },
});
process.stdout.write(`${baseUrl}\n`);
