// real Postgres, real Temporal: a database that was set back under a Temporal that goes on
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { startEmbedded, type EmbeddedService } from 'durable-assistants/embedded';
import { startScriptedModel, type ScriptedModel } from 'durable-assistants/scripted-model';
import { copyDatabase, freshDatabase, postgresUrl, type TestDatabase } from '../helpers/postgres/databases.ts';
import { migrationsHash } from '../helpers/database-template.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let model: ScriptedModel;
let database: TestDatabase;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'durable-assistants-restored-'));
  database = await freshDatabase(postgresUrl()!, await migrationsHash());
  model = await startScriptedModel({
    script: ({ messages }) => {
      if (messages.some(({ role }) => role === 'tool')) return { text: 'after outputs' };
      const words = String(messages.findLast(({ role }) => role === 'user')?.content);
      return words === 'wait' ? { toolCalls: [{ name: 'f', arguments: '{}' }] } : { text: 'done', delayMs: 3_000 };
    },
  });
});
afterAll(async () => {
  await model.close();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

const start = (url: string): Promise<EmbeddedService> =>
  startEmbedded({
    settings: {
      DATA_DIR: directory,
      DATABASE_URL: url,
      PORT: '0',
      TEMPORAL_PORT: '0',
      TEMPORAL_UI_PORT: '0',
      TEMPORAL_ADDRESS: '',
      MODEL_BASE_URL: model.baseUrl,
      SHUTDOWN_GRACE: '0',
      LOG_LEVEL: 'silent',
    },
  });

test('runs that had ended since the backup end again, once; runs that were made since are gone', async () => {
  const first = await start(database.url);
  const { beta } = new OpenAI({ baseURL: first.apiUrl, apiKey: 'none' });
  const assistant = await beta.assistants.create({ model: 'm', tools: [{ type: 'function', function: { name: 'f' } }] });
  const thread = (content: string) => ({ messages: [{ role: 'user' as const, content }] });
  const waiting = await beta.threads.createAndRunPoll({ assistant_id: assistant.id, thread: thread('wait') });
  const slow = await beta.threads.createAndRun({ assistant_id: assistant.id, thread: thread('slow') });
  await waitUntil('the model call', async () => model.requests.length === 2);
  await first.close();
  const backup = await copyDatabase(database.url);

  const second = await start(database.url);
  const after = new OpenAI({ baseURL: second.apiUrl, apiKey: 'none' }).beta;
  const answer = async ({ threads }: typeof after) => {
    const { required_action: action } = await threads.runs.retrieve(waiting.id, { thread_id: waiting.thread_id });
    const outputs = action!.submit_tool_outputs.tool_calls.map(({ id }) => ({ tool_call_id: id, output: 'x' }));
    return threads.runs.submitToolOutputsAndPoll(waiting.id, { thread_id: waiting.thread_id, tool_outputs: outputs });
  };
  expect((await answer(after)).status).toBe('completed');
  expect((await after.threads.runs.poll(slow.id, { thread_id: slow.thread_id })).status).toBe('completed');
  const late = await after.threads.createAndRunPoll({ assistant_id: assistant.id, thread: thread('late') });
  await second.close();

  // Temporal knows the end of all three; the database knows of two, and of no end.
  const third = await start(backup.url);
  try {
    const restored = new OpenAI({ baseURL: third.apiUrl, apiKey: 'none' }).beta;
    const ended = await waitUntil(
      'the end of the run that was in a model call',
      async () => {
        const run = await restored.threads.runs.retrieve(slow.id, { thread_id: slow.thread_id });
        return run.status === 'completed' && run;
      },
      20_000,
    );
    const { data } = await restored.threads.messages.list(ended.thread_id);
    expect(data.map(({ role }) => role)).toEqual(['assistant', 'user']);
    expect((await answer(restored)).status).toBe('completed');
    await expect(restored.threads.runs.retrieve(late.id, { thread_id: late.thread_id })).rejects.toMatchObject({ status: 404 });
  } finally {
    await third.close();
    await backup.drop();
  }
}, 120_000);
