// Every export path, used from TypeScript: it only has to compile.
import { connect, type AssistantRun } from 'durable-assistants/client';
import { startEmbedded, type EmbeddedService } from 'durable-assistants/embedded';
import { startScriptedModel, type ScriptedModel } from 'durable-assistants/scripted-model';
import { assistantTools, defineTool } from 'durable-assistants/tools';
import { AssistantsPlugin, createWorker, workflowBundle } from 'durable-assistants/worker';
import { executeRun, orchestrateRun, threadSession } from 'durable-assistants/workflows';
import packageJson from 'durable-assistants/package.json' with { type: 'json' };
import { z } from 'zod';

const tool = defineTool({
  name: 'look_up',
  description: 'Look up an order.',
  parameters: z.object({ order_id: z.string() }),
  execute: async ({ order_id }, { idempotencyKey }) => `${order_id} ${idempotencyKey}`,
});

export async function everything(): Promise<[AssistantRun, EmbeddedService, ScriptedModel, string]> {
  const assistants = await connect();
  const worker = await createWorker({ tools: [tool] });
  void worker.run();
  const run = await assistants.start({ assistantId: 'asst_1', message: 'Hello', deadline: '2 minutes' });
  return [run, await startEmbedded(), await startScriptedModel(), packageJson.version];
}

export const parts = [assistantTools([tool]), new AssistantsPlugin({ tools: [tool] }), orchestrateRun, threadSession, executeRun];
export const bundle = await workflowBundle();
