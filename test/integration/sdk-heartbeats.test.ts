// one process: official SDKs on a stream that is silent for longer than its heartbeat, without Temporal
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import OpenAI7 from 'openai';
import OpenAI4 from 'openai-4';
import { startTestApi, type TestApi } from '../helpers/api.ts';
import { PYTHON_SDKS, pythonWithSdk } from '../helpers/python.ts';

const run = promisify(execFile);
/** Between heartbeats, and of silence, in milliseconds. */
const HEARTBEAT_MS = 100;
const SILENCE_MS = 450;

let api: TestApi;
let baseURL: string;
beforeAll(async () => {
  api = await startTestApi({ streamHeartbeatMs: HEARTBEAT_MS });
  baseURL = `${await api.app.listen({ port: 0, host: '127.0.0.1' })}/v1`;
});
afterAll(() => api.close());

const pythons = new Map(
  await Promise.all(PYTHON_SDKS.map(async (version) => [version, await pythonWithSdk(version).catch(() => null)] as const)),
);

/** Streams a run by a request that can be repeated, so that its events carry ids, and ends it after the silence. */
const PROGRAM = `
import time
from openai import OpenAI
client = OpenAI(max_retries=0)
threads = client.beta.threads
assistant = client.beta.assistants.create(model="m")
thread = threads.create(messages=[{"role": "user", "content": "hi"}])
stream = threads.runs.create(
    thread_id=thread.id, assistant_id=assistant.id, stream=True, extra_headers={"Idempotency-Key": "k-" + thread.id}
)
names = []
for event in stream:
    names.append(event.event)
    if event.event == "thread.run.queued":
        time.sleep(${SILENCE_MS / 1_000})
        threads.runs.cancel(event.data.id, thread_id=thread.id)
print(" ".join(names))
`;
const EXPECTED = ['thread.run.created', 'thread.run.queued', 'thread.run.cancelled'];

test.each(PYTHON_SDKS)('PyPI openai %s reads on behind heartbeats where events carry ids', async (version) => {
  const python = pythons.get(version);
  if (!python) {
    // A machine without python3 can still run the rest; in CI that is a failure.
    if (process.env['CI']) throw new Error('There is no python3 with pip here, or PyPI is not reachable.');
    return;
  }
  const env = { ...process.env, OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: 'none' };
  const { stdout } = await run(python, ['-c', PROGRAM], { env, timeout: 60_000 });
  expect(stdout.trim().split(' ')).toEqual(EXPECTED);
});

test.each([
  ['4.104', OpenAI4 as unknown as typeof OpenAI7],
  ['7.x', OpenAI7],
])('npm openai %s likewise', async (_version, OpenAI) => {
  const { beta } = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
  const assistant = await beta.assistants.create({ model: 'm' });
  const thread = await beta.threads.create({ messages: [{ role: 'user', content: 'hi' }] });
  const stream = await beta.threads.runs.create(
    thread.id,
    { assistant_id: assistant.id, stream: true },
    { headers: { 'idempotency-key': `k-${thread.id}` } },
  );
  const names: string[] = [];
  for await (const { event, data } of stream) {
    names.push(event);
    if (event !== 'thread.run.queued') continue;
    await delay(SILENCE_MS);
    await api.send('POST', `/threads/${thread.id}/runs/${data.id}/cancel`);
  }
  expect(names).toEqual(EXPECTED);
});
