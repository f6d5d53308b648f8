// real Postgres behind a real PgBouncer in transaction mode: no LISTEN, other connections for every transaction
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshDatabase, postgresUrl, type TestDatabase } from '../helpers/postgres/databases.ts';
import { migrationsHash } from '../helpers/database-template.ts';
import { startPooler } from '../helpers/postgres/pooler.ts';
import { startTestService, type TestService } from '../helpers/service.ts';
import { openPostgres } from '../../store/database/postgres/open-postgres.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let database: TestDatabase;
let pooler: Awaited<ReturnType<typeof startPooler>>;
let service: TestService;
beforeAll(async () => {
  database = await freshDatabase(postgresUrl()!, await migrationsHash());
  pooler = await startPooler(database.url);
  service = await startTestService({
    ownTemporal: true,
    settings: { DATABASE_URL: pooler.url },
    script: ({ messages, tools }) => {
      if (String(messages.at(-1)?.content).startsWith('slow')) return { text: 'late', delayMs: 20_000 };
      return tools && messages.at(-1)?.role === 'user' ? { toolCalls: [{ name: 'f', arguments: '{}' }] } : { text: 'done' };
    },
  });
}, 60_000);
afterAll(async () => {
  await service.close();
  await pooler.stop();
  await database.drop();
});

test('that notifications do not come is found out, and readers look more often', async () => {
  let unavailable = false;
  const store = await openPostgres({ url: pooler.url, onListenUnavailable: () => (unavailable = true) });
  await waitUntil('that LISTEN is found unavailable', async () => unavailable);
  expect(store.notifications.pollAfterMs).toBe(250);
  await store.close();
});

test('a direct connection for LISTEN hears', async () => {
  const store = await openPostgres({ url: pooler.url, listenUrl: database.url });
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(store.notifications.pollAfterMs).toBe(2_000);
  await store.close();
});

test('20 runs with a tool round at once', async () => {
  const { threads, assistants } = service.openai.beta;
  const assistant = await assistants.create({ model: 'm', tools: [{ type: 'function', function: { name: 'f' } }] });
  const runs = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const asked = await threads.createAndRunPoll({
        assistant_id: assistant.id,
        thread: { messages: [{ role: 'user', content: 'go' }] },
      });
      const tool_outputs = asked.required_action!.submit_tool_outputs.tool_calls.map(({ id }) => ({
        tool_call_id: id,
        output: 'x',
      }));
      return threads.runs.submitToolOutputsAndPoll(asked.id, { thread_id: asked.thread_id, tool_outputs });
    }),
  );
  expect(runs.map(({ status }) => status)).toEqual(runs.map(() => 'completed'));
});

test('a held GET is answered a moment after the run is done, not when it looks the next time anyhow', async () => {
  const { threads, assistants } = service.openai.beta;
  const assistant = await assistants.create({ model: 'm' });
  const times = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const began = Date.now();
      const run = await threads.createAndRun({
        assistant_id: assistant.id,
        thread: { messages: [{ role: 'user', content: 'hi' }] },
      });
      const held = await threads.runs.retrieve(run.id, { thread_id: run.thread_id }, { headers: { prefer: 'wait=20' } });
      expect(held.status).toBe('completed');
      return Date.now() - began;
    }),
  );
  expect(Math.max(...times)).toBeLessThan(1_500);
});

test('a cancel reaches the model call in flight', async () => {
  const { threads, assistants } = service.openai.beta;
  const assistant = await assistants.create({ model: 'm' });
  const run = await threads.createAndRun({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'slow one' }] },
  });
  const at = { thread_id: run.thread_id };
  await waitUntil('the call', async () => (await threads.runs.retrieve(run.id, at)).status === 'in_progress');
  const began = Date.now();
  await threads.runs.cancel(run.id, at);
  await waitUntil('its end', async () => (await threads.runs.retrieve(run.id, at)).status === 'cancelled');
  expect(Date.now() - began).toBeLessThan(3_000);
});
