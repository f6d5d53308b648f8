import { Client, Connection } from '@temporalio/client';
import OpenAI from 'openai';
import { connect } from 'durable-assistants/client';
import { assistantTools } from 'durable-assistants/tools';
import { measure, type Measured } from './load.ts';
import { cpuSeconds, residentBytes } from './processes.ts';
import { startSystem } from './system.ts';
import { getWeather } from './tools.ts';
import { bareLoop } from './work/bare-loop.ts';
import { orchestratedRun } from './work/orchestrated-run.ts';
import { plainRun } from './work/plain-run.ts';
import { toolRound } from './work/tool-round.ts';

const system = await startSystem('embedded');
const openai = new OpenAI({ baseURL: system.apiUrl, apiKey: 'none', maxRetries: 0 });
const assistants = await connect({ address: system.temporalAddress });
const plain = (await openai.beta.assistants.create({ model: 'm' })).id;
const tooled = (await openai.beta.assistants.create({ model: 'm', tools: assistantTools([getWeather]) })).id;
const bare = bareLoop(system.modelUrl);
const cpu = () => cpuSeconds(system.roots);
const works: [string, () => Promise<void>][] = [
  ['bare plain', bare.plain],
  ['a', plainRun(openai, plain)],
  ['bare tool', bare.toolRound],
  ['b', toolRound(openai, tooled)],
  ['c', orchestratedRun(assistants, tooled)],
];
for (const [name, once] of works) {
  const one = await measure({ runs: 60, clients: 1, warmup: 20, once, cpu });
  const many = await measure({ runs: 400, clients: 20, warmup: 40, once, cpu });
  console.log(name, '1:', one, '20:', many);
}
console.log(await residentBytes(system.roots));
await assistants.close();
await system.stop();
process.exit(0);
