/** `npm run bench:endurance`; bench/README.md says what it measures and how to read it. */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import OpenAI from 'openai';
import { assistantTools } from 'durable-assistants/tools';
import { percentile } from './load.ts';
import { Program, residentBytes } from './processes.ts';
import { startSystem, type Kind } from './system.ts';
import { toolRound } from './scenarios/tool-round.ts';
import { getWeather } from './tools.ts';

const { values } = parseArgs({
  options: {
    on: { type: 'string', default: 'embedded' },
    minutes: { type: 'string', default: '20' },
    clients: { type: 'string', default: '10' },
    /** Hostile requests per second, sent during the second half. */
    flood: { type: 'string', default: '0' },
  },
});
const [minutes, clients, flood] = [Number(values.minutes), Number(values.clients), Number(values.flood)];
const MINUTE_MS = 60_000;

const system = await startSystem(values.on as Kind);
const openai = new OpenAI({ baseURL: system.apiUrl, apiKey: 'none', maxRetries: 5 });
const assistantId = (await openai.beta.assistants.create({ model: 'm', tools: assistantTools([getWeather]) })).id;
const once = toolRound(openai, assistantId);
for (let n = 0; n < 100; n += 1) await once();

let times: number[] = [];
const ending = new AbortController();
const working = Array.from({ length: clients }, async () => {
  while (!ending.signal.aborted) {
    const began = performance.now();
    await once();
    times.push(performance.now() - began);
  }
});

const startFlood = async (): Promise<Program> => {
  const file = fileURLToPath(new URL('./flood.ts', import.meta.url));
  const env = { API_URL: system.apiUrl, RATE: String(flood) };
  return (await Program.start('the flood', [file], env, (line) => line)).program;
};

/** The longest event loop lag of any process under test since the last call, in milliseconds. */
async function longestLag(): Promise<number> {
  const texts = await Promise.all(system.metricsUrls.map(async (url) => (await fetch(url)).text()));
  const lags = texts.map((text) => Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1] ?? 0));
  return Math.max(...lags) * 1_000;
}

const megabytes = async (): Promise<string> =>
  [...(await residentBytes(system.roots()))].map(([name, bytes]) => `${name} ${Math.round(bytes / 2 ** 20)} MB`).join(', ');

let sender: Program | null = null;
for (let minute = 1; minute <= minutes; minute += 1) {
  if (flood > 0 && minute === Math.floor(minutes / 2) + 1) sender = await startFlood();
  await longestLag();
  await delay(MINUTE_MS);
  const sorted = times.toSorted((a, b) => a - b);
  times = [];
  const [p50, p95] = [percentile(sorted, 0.5), percentile(sorted, 0.95)];
  const rate = (sorted.length / MINUTE_MS) * 1_000;
  process.stdout.write(
    `minute ${minute}: ${rate.toFixed(1)} runs/s, p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms; event loop lag ${(await longestLag()).toFixed(0)} ms at most; ${await megabytes()}\n`,
  );
}
ending.abort();
await sender?.stop();
await Promise.all(working);
await system.stop();
process.exit(0);
