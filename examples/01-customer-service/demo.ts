/**
 * A customer-service assistant with two tools, asked two questions. Everything runs here: the API server, Temporal, the
 * worker with the tools. `npm run demo`, or `npm run demo -- --keep` to leave it running and look around.
 */
import { once } from 'node:events';
import OpenAI from 'openai';
import { connect, formatProgress, type Assistants } from 'durable-assistants/client';
import { startEmbedded } from 'durable-assistants/embedded';
import { assistantTools } from 'durable-assistants/tools';
import { createWorker } from 'durable-assistants/worker';
import { checkInventory, queryOrder } from './tools.ts';

const QUESTIONS = ['我的订单 ORD001 到哪里了？', 'Is order ORD002 on its way, and do you have PROD001 and PROD002 in stock?'];
const tools = [queryOrder, checkInventory];
const keep = process.argv.includes('--keep');

async function ask(assistants: Assistants, assistantId: string, question: string): Promise<void> {
  console.log(`\n\u{1F464} ${question}`);
  const run = await assistants.start({ assistantId, message: question, deadline: '2 minutes' });
  console.log(`   inspect: ${run.inspectUrl}`);
  let round = 0;
  let inRound = false;
  for await (const progress of run.watch()) {
    if (progress.kind === 'step_started') {
      if (progress.tool !== null && !inRound) console.log(`              round ${(round += 1)}`);
      inRound = progress.tool !== null;
    }
    console.log(`   ${String(progress.atMs).padStart(5)} ms  ${formatProgress(progress)}`);
  }
  const { reply } = await run.result();
  console.log(`\u{1F916} ${reply?.text}`);
}

async function main(): Promise<void> {
  const began = performance.now();
  console.log('Starting the API, a worker and Temporal in this process tree…');
  const service = await startEmbedded({
    // Beside the data of `npm start`, so that both can run at once.
    settings: {
      DATA_DIR: process.env['DATA_DIR'] ?? '.durable-assistants/demo',
      PORT: process.env['PORT'] ?? '0',
      LOG_LEVEL: 'silent',
    },
    say: (line) => console.log(line),
  });
  process.env['TEMPORAL_ADDRESS'] = service.temporalAddress;

  // A worker for orchestrated runs; usually a process of its own (see examples/02-backend-service).
  const worker = await createWorker({ tools, endpoint: { baseUrl: service.apiUrl }, shutdownGraceTime: '2 seconds' });
  const working = worker.run();

  // The assistant is made with the OpenAI SDK, as in any program of the Assistants API.
  const openai = new OpenAI({ baseURL: service.apiUrl, apiKey: 'none' });
  const assistant = await openai.beta.assistants.create({
    model: 'gpt-4o-mini',
    name: 'Customer service',
    instructions: 'You are a friendly customer-service agent of an online shop. Answer in the language of the customer.',
    tools: assistantTools(tools),
  });

  const assistants = await connect(service.uiUrl === null ? {} : { uiUrl: service.uiUrl });
  console.log(`Ready in ${((performance.now() - began) / 1_000).toFixed(1)} s.`);
  console.log(`   API  ${service.apiUrl}`);
  console.log(`   UI   ${service.uiUrl ?? '(of your own Temporal)'}`);
  console.log(
    service.model.scripted
      ? '   The built-in scripted model answers: fixed rules, no language model. Set OPENAI_API_KEY or MODEL_BASE_URL for a real one.'
      : `   The model at ${service.model.description} answers.`,
  );
  try {
    for (const question of QUESTIONS) await ask(assistants, assistant.id, question);
    if (keep) {
      console.log(`\nStill running, for you to look around: ${service.uiUrl ?? service.apiUrl}. Ctrl-C ends it.`);
      await once(process, 'SIGINT');
    } else {
      console.log('\nDone. The Temporal UI ends with the demo; `npm run demo -- --keep` leaves it running.');
    }
  } finally {
    await assistants.close();
    worker.shutdown();
    await working;
    await service.close();
  }
}

try {
  await main();
} catch (error) {
  console.error(`The demo ended: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
