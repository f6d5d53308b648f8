/**
 * What the examples need to run: an API, Temporal, and a worker with the example's tools. Takes those of `npm start` if
 * TEMPORAL_ADDRESS and ASSISTANTS_BASE_URL say where they are, else starts all of it in this process.
 */
import OpenAI from 'openai';
import { connect, type Assistants } from 'durable-assistants/client';
import { startEmbedded } from 'durable-assistants/embedded';
import { assistantTools, type Tool } from 'durable-assistants/tools';
import { createWorker } from 'durable-assistants/worker';

export interface Local {
  assistants: Assistants;
  openai: OpenAI;
  /** An assistant that has the tools. */
  assistantId: string;
  apiUrl: string;
}

async function startServices(): Promise<{ apiUrl: string; stop: () => Promise<void> }> {
  const apiUrl = process.env['ASSISTANTS_BASE_URL'];
  if (apiUrl && process.env['TEMPORAL_ADDRESS']) return { apiUrl, stop: async () => {} };
  const service = await startEmbedded({
    settings: { DATA_DIR: '.durable-assistants/examples', PORT: '0', LOG_LEVEL: 'silent' },
  });
  process.env['TEMPORAL_ADDRESS'] = service.temporalAddress;
  return { apiUrl: service.apiUrl, stop: () => service.close() };
}

/** Runs an example against a server, with a worker of its own on a queue of its own. */
export async function local(name: string, tools: readonly Tool[], example: (parts: Local) => Promise<void>): Promise<void> {
  const { apiUrl, stop } = await startServices();
  const worker = await createWorker({ tools, taskQueue: name, endpoint: { baseUrl: apiUrl }, shutdownGraceTime: '1 second' });
  const working = worker.run();
  const assistants = await connect({ taskQueue: name, endpoint: { baseUrl: apiUrl } });
  const openai = new OpenAI({ baseURL: apiUrl, apiKey: process.env['ASSISTANTS_API_KEY'] ?? 'none' });
  try {
    const { id } = await openai.beta.assistants.create({ model: 'gpt-4o-mini', name, tools: assistantTools(tools) });
    await example({ assistants, openai, assistantId: id, apiUrl });
  } finally {
    await assistants.close();
    worker.shutdown();
    await working;
    await stop();
  }
}
