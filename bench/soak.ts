/** `npm run bench:soak`; bench/README.md says what it measures and how to read it. */
import { parseArgs } from 'node:util';
import OpenAI from 'openai';
import { ANSWER_QUIRKS } from '../test/conformance/model/answers.ts';
import { RawEndpoint } from '../test/conformance/model/raw-endpoint.ts';
import { seeQuirk, wantedOf } from '../test/conformance/model/run-quirk.ts';
import { randomFrom } from '../test/helpers/random.ts';
import { residentBytes } from './processes.ts';
import { startSystem } from './system.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    clients: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
});
const [runs, clients, seed] = [Number(values.runs), Number(values.clients), Number(values.seed)];
const REPORT_EVERY = 200;

const endpoint = await RawEndpoint.start();
const system = await startSystem('embedded', endpoint.baseUrl);
const openai = new OpenAI({ baseURL: system.apiUrl, apiKey: 'none', maxRetries: 0 });
const tools = ['f', 'g'].map((name) => ({ type: 'function' as const, function: { name, parameters: { type: 'object' } } }));
const assistantId = (await openai.beta.assistants.create({ model: 'm', tools })).id;
const random = randomFrom(seed);
const plan = Array.from({ length: runs }, () => ANSWER_QUIRKS[Math.floor(random() * ANSWER_QUIRKS.length)]!);

let [started, ended, wrong] = [0, 0, 0];
async function one(): Promise<void> {
  const number = started;
  const quirk = plan[number]!;
  started += 1;
  const { threadId, ...seen } = await seeQuirk(openai, endpoint, quirk, { assistantId, model: `run ${number}` });
  endpoint.forget(`run ${number}`);
  const wanted = wantedOf(quirk, seen);
  if (JSON.stringify(seen) !== JSON.stringify(wanted)) {
    wrong += 1;
    process.stdout.write(`run ${number}, ${quirk.what}: ${JSON.stringify({ seen, wanted })}\n`);
  }
  // Fails if the thread is still locked.
  await openai.beta.threads.messages.create(threadId, { role: 'user', content: 'free?' });
  ended += 1;
  if (ended % REPORT_EVERY === 0) {
    const memory = [...(await residentBytes(system.roots()))].map(([name, bytes]) => `${name} ${Math.round(bytes / 2 ** 20)} MB`);
    process.stdout.write(`${ended} runs, ${wrong} differ from the table; ${memory.join(', ')}\n`);
  }
}

await Promise.all(
  Array.from({ length: clients }, async () => {
    while (started < runs) await one();
  }),
);
process.stdout.write(`${ended} runs (seed ${seed}), ${wrong} differ from the table\n`);
await system.stop();
await endpoint.close();
process.exit(wrong === 0 ? 0 : 1);
