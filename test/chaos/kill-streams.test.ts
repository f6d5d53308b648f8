// real processes: what writes a stream is killed with SIGKILL in its middle
import { expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../programs/free-port.ts';
import { randomFrom } from '../helpers/random.ts';
import { readStream, wholeStream, type SeenEvent } from '../helpers/sse.ts';
import { ChaosHarness } from './harness.ts';
import { ChaosProcesses } from './processes.ts';

const RUNS = 6;
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 1);
const seed = Number(process.env['CHAOS_SEED'] ?? 20_260_826);
const random = randomFrom(seed);
const TEXT = Array.from({ length: 40 }, (_, index) => `word${index}`).join(' ');
const WORD_MS = 40;
/** A moment in the middle of the streams, in milliseconds after the first word. */
const moments = Array.from({ length: ROUNDS }, () => 100 + Math.floor(random() * 30 * WORD_MS));

interface Place {
  id: string;
  thread_id: string;
}

async function follow(apiUrl: string, { id, thread_id }: Place, after = 0): Promise<Response> {
  return fetch(`${apiUrl}/threads/${thread_id}/runs/${id}/events`, { headers: { 'last-event-id': String(after) } });
}

/** Reads a run's stream to its end, and connects again whenever the connection breaks. */
async function persistently(apiUrl: string, run: Place, onWord: () => void): Promise<SeenEvent[]> {
  const events: SeenEvent[] = [];
  while (events.at(-1)?.event !== 'done') {
    try {
      for await (const event of readStream(await follow(apiUrl, run, Number(events.at(-1)?.id ?? 0)))) {
        events.push(event);
        if (event.event === 'thread.message.delta') onWord();
      }
    } catch {
      await delay(100);
    }
  }
  return events;
}

/** Reads all of them; `speaking` when the first word of any has come. */
function read(apiUrl: string, runs: readonly Place[]): { reading: Promise<SeenEvent[]>[]; speaking: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { reading: runs.map((run) => persistently(apiUrl, run, resolve)), speaking: promise };
}

async function beginRuns(apiUrl: string): Promise<Place[]> {
  const openai = new OpenAI({ baseURL: apiUrl, apiKey: 'none' });
  const assistant = await openai.beta.assistants.create({ model: 'm' });
  return Promise.all(
    Array.from({ length: RUNS }, async () => {
      const thread = { messages: [{ role: 'user' as const, content: TEXT }] };
      const stream = await openai.beta.threads.createAndRun({ assistant_id: assistant.id, thread, stream: true });
      for await (const event of stream) if (event.event === 'thread.run.created') return event.data;
      throw new Error('a stream without its run');
    }),
  );
}

/** What a reader has seen against what is kept: all of it once, in order, and the message that GET gives at its end. */
async function check(apiUrl: string, run: Place, seen: readonly SeenEvent[]): Promise<boolean> {
  expect(seen.map(({ id }) => id)).toEqual([...seen.slice(0, -1).map((_, index) => String(index + 1)), undefined]);
  const kept = await wholeStream(await follow(apiUrl, run));
  const plain = (events: readonly SeenEvent[]) => events.map(({ event, id, data }) => [event, id, data]);
  expect(plain(seen)).toEqual(plain(kept));
  expect(seen.at(-2)!.event).toBe('thread.run.completed');
  const completed = seen.filter(({ event }) => event === 'thread.message.completed');
  expect(completed).toHaveLength(1);
  const deltas = seen.filter(({ event, data }) => event === 'thread.message.delta' && data.id === completed[0]!.data.id);
  expect(deltas.map(({ data }) => data.delta.content[0].text.value).join('')).toBe(TEXT);
  const openai = new OpenAI({ baseURL: apiUrl, apiKey: 'none' });
  const { data } = await openai.beta.threads.messages.list(run.thread_id, { run_id: run.id });
  expect(data.map(({ id, content }) => [id, content])).toEqual(completed.map((event) => [event.data.id, event.data.content]));
  return seen.some(({ event }) => event === 'thread.message.incomplete');
}

test.each(moments)(
  `kill -9 of a worker after %i ms of streams: listeners see the runs to their end (seed ${seed})`,
  async (moment) => {
    const chaos = await ChaosProcesses.prepare();
    try {
      chaos.world.wordDelayMs = WORD_MS;
      const port = await freePort(0);
      const apiUrl = `http://127.0.0.1:${port}/v1`;
      const [, worker] = await Promise.all([chaos.startServer(port), chaos.startWorker(apiUrl)]);
      const runs = await beginRuns(apiUrl);
      const { reading, speaking } = read(apiUrl, runs);
      await speaking;
      await delay(moment);
      await worker.end('SIGKILL');
      await chaos.startWorker(apiUrl);
      const interrupted = await Promise.all(runs.map(async (run, index) => check(apiUrl, run, await reading[index]!)));
      expect(interrupted).toContain(true);
    } finally {
      await chaos.close();
    }
  },
  90_000,
);

test('the database is away for three seconds of streams: readers stay, and see the runs to their end', async () => {
  const chaos = await ChaosProcesses.prepare();
  try {
    chaos.world.wordDelayMs = WORD_MS;
    const port = await freePort(0);
    const apiUrl = `http://127.0.0.1:${port}/v1`;
    await Promise.all([chaos.startServer(port), chaos.startWorker(apiUrl)]);
    const runs = await beginRuns(apiUrl);
    const connections = await Promise.all(runs.map((run) => follow(apiUrl, run)));
    const reading = connections.map((connection) => wholeStream(connection));
    await delay(400);
    await chaos.postgres.stop('SIGQUIT');
    await delay(3_000);
    await chaos.postgres.start();
    await Promise.all(runs.map(async (run, index) => check(apiUrl, run, await reading[index]!)));
  } finally {
    await chaos.close();
  }
}, 90_000);

test.each(moments)(
  `kill -9 of the whole service after %i ms of streams: readers come back and have everything (seed ${seed})`,
  async (moment) => {
    const chaos = await ChaosHarness.prepare();
    try {
      chaos.world.wordDelayMs = WORD_MS;
      const { apiUrl } = await chaos.start();
      const runs = await beginRuns(apiUrl);
      const { reading, speaking } = read(apiUrl, runs);
      await speaking;
      await delay(moment);
      await chaos.kill();
      await chaos.killed();
      await chaos.start();
      const interrupted = await Promise.all(runs.map(async (run, index) => check(apiUrl, run, await reading[index]!)));
      expect(interrupted).toContain(true);
    } finally {
      await chaos.close();
    }
  },
  90_000,
);
