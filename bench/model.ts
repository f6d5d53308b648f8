/**
 * The model of the benches, in a process of its own. It answers with one sentence and without latency. When told to think, it
 * answers after three seconds; when told to speak, with a stream of deltas. Before its answer it calls `get_weather` once if it
 * has the tool, or once the tool that the user names with "call …", or `report` as often as the user says with "… rounds".
 */
import { startScriptedModel } from 'durable-assistants/scripted-model';
import { SPEAK, speak } from './speaking.ts';
import { THINK, THINK_MS } from './thinking.ts';

const { baseUrl } = await startScriptedModel({
  script: ({ messages, tools }) => {
    if (String(messages.at(-1)?.content).includes(SPEAK)) return { text: speak() };
    if (String(messages.at(-1)?.content).includes(THINK)) return { text: 'It will be sunny.', delayMs: THINK_MS };
    const question = String(messages.findLast(({ role }) => role === 'user')?.content);
    const wanted = /call (\w+)/.exec(question)?.[1];
    const rounds = Number(/(\d+) rounds/.exec(question)?.[1] ?? 0);
    const done = messages.length - 1 - messages.findLastIndex(({ role }) => role === 'user');
    if (done / 2 < rounds) return { toolCalls: [{ name: 'report', arguments: {} }] };
    if (wanted && done === 0) return { toolCalls: [{ name: wanted, arguments: {} }] };
    return tools?.length && !wanted && !rounds && messages.at(-1)?.role === 'user'
      ? { toolCalls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] }
      : { text: 'It is sunny in Paris today.' };
  },
});
process.stdout.write(`${baseUrl}\n`);
