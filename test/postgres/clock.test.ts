// real processes on a real Postgres: servers and a worker whose hosts' clocks are wrong
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import { Client } from 'pg';
import { freePort } from '../../programs/free-port.ts';
import { ChaosProcesses, type Victim } from '../chaos/processes.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const ELEVEN_MINUTES = 660_000;
const preload = fileURLToPath(new URL('../helpers/wrong-date.mjs', import.meta.url));

/** An API server, its port, and its clients. */
interface Server {
  process: Victim;
  port: number;
  metricsPort: number;
  openai: OpenAI;
}

let chaos: ChaosProcesses;
let database: Client;
let behind: Server;
let ahead: Server;
let right: Server;
let assistantId: string;

const wrongBy = (env: Record<string, number>): Record<string, string> => ({
  LOG_LEVEL: 'info',
  NODE_OPTIONS: `--import=${preload}`,
  ...Object.fromEntries(Object.entries(env).map(([name, ms]) => [name, String(ms)])),
});

async function startServer(env: Record<string, number>): Promise<Server> {
  const [port, metricsPort] = [await freePort(0), await freePort(0)];
  const process = await chaos.startServer(port, { env: { ...wrongBy(env), METRICS_PORT: String(metricsPort) } });
  return { process, port, metricsPort, openai: new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'none' }) };
}

beforeAll(async () => {
  chaos = await ChaosProcesses.prepare();
  behind = await startServer({ WRONG_CLOCK_MS: -ELEVEN_MINUTES });
  database = new Client({ connectionString: chaos.postgres.url });
  await database.connect();
  assistantId = (await behind.openai.beta.assistants.create({ model: 'm' })).id;
}, 90_000);
afterAll(async () => {
  await database.end();
  await chaos.close();
});

const start = async ({ openai }: Server) =>
  openai.beta.threads.createAndRun({ assistant_id: assistantId, thread: { messages: [{ role: 'user', content: 'hi' }] } });
/** As it is in the database, without any server that reads it and might end it. */
const statusOf = async (id: string): Promise<string> =>
  (await database.query<{ status: string }>('select status from runs where id = $1', [id])).rows[0]!.status;
const ready = async ({ port }: Server) => {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  const { problems } = (await answer.json()) as { problems: string[] };
  return { status: answer.status, problems };
};
const skewOf = async ({ metricsPort }: Server): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(/^durable_assistants_clock_skew_seconds (.*)$/m.exec(text)![1]);
};
const logged = ({ process }: Server, text: string): { level: string | number; skew_seconds?: number }[] =>
  process.output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes(text))
    .map((line) => JSON.parse(line) as { level: string | number; skew_seconds?: number });

test('only a server that is eleven minutes behind → runs of others expire on time, by its sweep', async () => {
  const run = await start(behind);
  // As a server that is right would have it.
  await database.query("update runs set expires_at = now() + interval '3 seconds' where id = $1", [run.id]);
  await delay(2_000);
  expect(await statusOf(run.id)).toBe('queued');
  await waitUntil('its end', async () => (await statusOf(run.id)) === 'expired', 3_500);
});

test('a server that is eleven minutes ahead neither ends nor refuses the runs of a right one', async () => {
  [ahead, right] = await Promise.all([
    startServer({ WRONG_CLOCK_MS: ELEVEN_MINUTES }),
    startServer({ JUMP_CLOCK_MS: ELEVEN_MINUTES }),
  ]);
  const run = await start(right);
  const at = { thread_id: run.thread_id };
  expect((await ahead.openai.beta.threads.runs.retrieve(run.id, at)).status).toBe('queued');
  expect((await ahead.openai.beta.threads.runs.list(run.thread_id)).data[0]!.status).toBe('queued');
  // Its sweep comes by every second.
  await delay(3_000);
  expect(await statusOf(run.id)).toBe('queued');
  expect((await behind.openai.beta.threads.runs.cancel(run.id, at)).status).toBe('cancelled');
}, 60_000);

test('runs that wrong servers take have the right times', async () => {
  for (const server of [ahead, behind, right]) {
    const run = await start(server);
    expect(Math.abs(run.created_at - Date.now() / 1_000)).toBeLessThan(3);
    expect(run.expires_at! - run.created_at).toBe(600);
    await server.openai.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
  }
});

test('wrong ones are not ready, say by how much and what to do, show it in a gauge, and have logged it once', async () => {
  expect(await ready(right)).toMatchObject({ status: 200, problems: [] });
  expect(Math.abs(await skewOf(right))).toBeLessThan(0.5);
  for (const [server, seconds, where] of [
    [ahead, 660, 'ahead of'],
    [behind, -660, 'behind'],
  ] as const) {
    const text = `the clock of this host is 660 s ${where} the database's: set it (NTP)`;
    expect(await ready(server)).toMatchObject({ status: 503, problems: [text] });
    expect(Math.abs((await skewOf(server)) - seconds)).toBeLessThan(0.5);
    const lines = logged(server, text);
    expect(lines).toHaveLength(1);
    expect(Math.abs(lines[0]!.skew_seconds! - seconds)).toBeLessThan(0.5);
  }
  expect(logged(right, 'the clock of this host')).toEqual([]);
});

test('a clock that is set wrong and right again: no run notices; readiness and the log do, both times', async () => {
  const run = await start(right);
  right.process.child.kill('SIGUSR2');
  await waitUntil('the jump', async () => (await ready(right)).status === 503);
  await delay(1_500);
  expect((await right.openai.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id })).status).toBe('queued');
  expect(Math.abs((await start(right)).created_at - Date.now() / 1_000)).toBeLessThan(3);
  right.process.child.kill('SIGUSR2');
  await waitUntil('the jump back', async () => (await ready(right)).status === 200);
  expect(await statusOf(run.id)).toBe('queued');
  await waitUntil('both lines', async () => logged(right, 'the clock of this host').length === 2);
  expect(logged(right, 'ahead of')).toHaveLength(1);
  expect(logged(right, "agrees with the database's again")).toHaveLength(1);
});

test.each([ELEVEN_MINUTES, -ELEVEN_MINUTES])(
  'a worker whose clock is wrong by %i ms does runs to their end',
  async (byMs) => {
    const worker = await chaos.startWorker(`http://127.0.0.1:${right.port}/v1`, { env: wrongBy({ WRONG_CLOCK_MS: byMs }) });
    const run = await start(right);
    const ended = await right.openai.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    expect(ended.status).toBe('completed');
    expect(Math.abs(ended.completed_at! - Date.now() / 1_000)).toBeLessThan(3);
    expect((await right.openai.beta.threads.messages.list(run.thread_id)).data).toHaveLength(2);
    await worker.end('SIGKILL');
  },
  60_000,
);
