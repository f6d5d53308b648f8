// real processes on a real Postgres: two API servers and two workers, as in production
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { freePort } from '../../programs/free-port.ts';
import { ChaosProcesses, type Victim } from '../chaos/processes.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const SECRETS = ['sesame-open-api', 'sesame-open-model', 'sesame-open-database'];
const cli = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

let chaos: ChaosProcesses;
let ports: { one: number; two: number; metrics: number; workerMetrics: number[] };
let one: OpenAI;
let two: OpenAI;
let workers: Victim[];
let settings: Record<string, string>;

const clientOf = (port: number): OpenAI =>
  new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: SECRETS[0]!, maxRetries: 0 });

beforeAll(async () => {
  chaos = await ChaosProcesses.prepare();
  ports = {
    one: await freePort(0),
    two: await freePort(0),
    metrics: await freePort(0),
    workerMetrics: [await freePort(0), await freePort(0)],
  };
  const database = new URL(chaos.postgres.url);
  database.password = SECRETS[2]!;
  settings = {
    DATABASE_URL: database.href,
    API_KEYS: `${SECRETS[0]}=default`,
    MODEL_API_KEY: SECRETS[1]!,
    ASSISTANTS_API_KEY: SECRETS[0]!,
    LOG_LEVEL: 'debug',
    DRAIN_DELAY: '0.5',
    SHUTDOWN_GRACE: '1',
  };
  const apiUrl = `http://127.0.0.1:${ports.one}/v1`;
  await Promise.all([
    chaos.startServer(ports.one, { env: { ...settings, METRICS_PORT: String(ports.metrics) } }),
    chaos.startServer(ports.two, { env: settings }),
  ]);
  workers = await Promise.all(
    ports.workerMetrics.map((port) => chaos.startWorker(apiUrl, { env: { ...settings, METRICS_PORT: String(port) } })),
  );
  one = clientOf(ports.one);
  two = clientOf(ports.two);
}, 90_000);
afterAll(() => chaos.close());

const thread = (content: string) => ({ messages: [{ role: 'user' as const, content }] });
const tool = { type: 'function' as const, function: { name: 'count_effect' } };
const metricsOf = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
const valueOf = (metrics: string, name: string): number =>
  metrics
    .split('\n')
    .filter((line) => line.startsWith(name))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);

test('a run that one server took is waited for, answered and read at the other', async () => {
  const assistant = await one.beta.assistants.create({ model: 'm', tools: [tool] });
  const run = await one.beta.threads.createAndRun({ assistant_id: assistant.id, thread: thread('across') });
  const at = { thread_id: run.thread_id };
  const asked = await two.beta.threads.runs.poll(run.id, at);
  expect(asked.status).toBe('requires_action');
  const calls = asked.required_action!.submit_tool_outputs.tool_calls;
  const began = Date.now();
  const ended = await one.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    ...at,
    tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: 'counted' })),
  });
  expect(ended.status).toBe('completed');
  // The other process is woken by a notification, not by looking again.
  expect(Date.now() - began).toBeLessThan(1_500);
  expect(await two.beta.threads.runs.retrieve(run.id, at)).toEqual(ended);
});

test('a cancel at one server breaks off the model call of whichever worker holds it', async () => {
  chaos.world.thinksMs = 20_000;
  const assistant = await one.beta.assistants.create({ model: 'm' });
  const run = await one.beta.threads.createAndRun({ assistant_id: assistant.id, thread: thread('cancel me') });
  const at = { thread_id: run.thread_id };
  await waitUntil('the call', async () => (await two.beta.threads.runs.retrieve(run.id, at)).status === 'in_progress');
  const began = Date.now();
  await two.beta.threads.runs.cancel(run.id, at);
  expect((await one.beta.threads.runs.poll(run.id, at)).status).toBe('cancelled');
  expect(Date.now() - began).toBeLessThan(1_500);
  chaos.world.thinksMs = 25;
});

test('metrics: ours, Node’s and Temporal’s, from servers and workers', async () => {
  const server = await metricsOf(ports.metrics);
  expect(valueOf(server, 'durable_assistants_run_status_changes_total{status="queued"}')).toBeGreaterThan(0);
  expect(valueOf(server, 'durable_assistants_http_request_seconds_count{')).toBeGreaterThan(0);
  expect(valueOf(server, 'durable_assistants_event_lag_seconds_count')).toBeGreaterThan(0);
  await waitUntil('an empty outbox', async () => (await metricsOf(ports.metrics)).includes('durable_assistants_outbox_rows 0'));
  expect(server).toMatch(/^durable_assistants_outbox_oldest_seconds /m);
  expect(server).toMatch(/^nodejs_eventloop_lag_seconds /m);
  const ofWorkers = await Promise.all(ports.workerMetrics.map(metricsOf));
  const sum = (name: string): number => ofWorkers.reduce((total, metrics) => total + valueOf(metrics, name), 0);
  // Which of the two did the turns is Temporal's choice.
  expect(sum('durable_assistants_model_call_seconds_count{')).toBeGreaterThanOrEqual(3);
  expect(sum('temporal_workflow_task_queue_poll_succeed{')).toBeGreaterThan(0);
  const ready = await fetch(`http://127.0.0.1:${ports.workerMetrics[0]}/readyz`);
  expect(await ready.json()).toEqual({ status: 'ready', problems: [] });
});

test('active runs are counted by status', async () => {
  const assistant = await one.beta.assistants.create({ model: 'm', tools: [tool] });
  const run = await one.beta.threads.createAndRunPoll({ assistant_id: assistant.id, thread: thread('parked') });
  expect(await metricsOf(ports.metrics)).toContain('durable_assistants_active_runs{status="requires_action"} 1');
  await one.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
  expect(await metricsOf(ports.metrics)).toContain('durable_assistants_active_runs{status="requires_action"} 0');
});

test('doctor: everything is there, and it says how many workers a queue has', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=durable-assistants-source', '--disable-warning=ExperimentalWarning', cli, 'doctor'],
    {
      env: {
        ...process.env,
        ...chaos.world.environment(undefined),
        ...settings,
        TEMPORAL_ADDRESS: chaos.temporalAddress,
        NO_COLOR: '1',
      },
    },
  );
  expect(stdout).toMatch(/ok +Database +Postgres 1\d answers/);
  expect(stdout).toMatch(/ok +Schema +up to date/);
  expect(stdout).toMatch(/ok +LISTEN +notifications come through/);
  expect(stdout).toMatch(/ok +Queue assistants-runs +2 workers/);
  expect(stdout).toMatch(/ok +Queue assistants-tools +2 workers/);
  expect(stdout).toContain('Nothing is in the way of a run.');
});

test('SIGTERM with a model call in flight: the worker lets go after its grace time, the other does the turn', async () => {
  chaos.world.thinksMs = 4_000;
  const assistant = await one.beta.assistants.create({ model: 'm' });
  const runs = await Promise.all(
    ['a', 'b', 'c', 'd'].map((word) => one.beta.threads.createAndRun({ assistant_id: assistant.id, thread: thread(word) })),
  );
  await waitUntil('four calls', async () => chaos.world.requests.filter(({ code }) => code.length === 1).length === 4);
  chaos.world.thinksMs = 25;
  const began = Date.now();
  await workers[0]!.end('SIGTERM');
  expect(workers[0]!.child.exitCode).toBe(0);
  expect(Date.now() - began).toBeLessThan(8_000);
  for (const run of runs) {
    const ended = await two.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    expect(ended.status).toBe('completed');
    const messages = await two.beta.threads.messages.list(run.thread_id);
    expect(messages.data).toHaveLength(2);
  }
});

test('a server that ends answers its held GETs first', async () => {
  chaos.world.thinksMs = 20_000;
  const port = await freePort(0);
  const third = await chaos.startServer(port, { env: settings });
  const assistant = await one.beta.assistants.create({ model: 'm' });
  const run = await one.beta.threads.createAndRun({ assistant_id: assistant.id, thread: thread('held') });
  const held = fetch(`http://127.0.0.1:${port}/v1/threads/${run.thread_id}/runs/${run.id}`, {
    headers: { authorization: `Bearer ${SECRETS[0]}`, prefer: 'wait=30' },
  });
  await delay(300);
  await third.end('SIGTERM');
  const answer = await held;
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ id: run.id, status: 'in_progress' });
  expect(third.child.exitCode).toBe(0);
  chaos.world.thinksMs = 25;
  await one.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
});

test('the log has request and run ids, and none of the secrets', async () => {
  const refused = new OpenAI({ baseURL: one.baseURL, apiKey: 'wrong-key-of-somebody', maxRetries: 0 });
  await refused.beta.assistants.list().catch(() => undefined);
  const logs = chaos.output();
  const lines = logs.split('\n').filter((line) => line.startsWith('{'));
  const answered = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === 'answered');
  expect(answered.some(({ reqId, run_id: runId }) => String(reqId).startsWith('req_') && String(runId).startsWith('run_'))).toBe(
    true,
  );
  expect(logs).toMatch(/"run_id":"run_\w+","turn":0,"outcome":"answered"/);
  for (const secret of [...SECRETS, 'wrong-key-of-somebody', 'across', 'parked'])
    expect([secret, logs.includes(secret)]).toEqual([secret, false]);
});
