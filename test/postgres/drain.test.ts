// real processes on a real Postgres: servers and workers that are told to end while streams are open
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import OpenAI, { APIError } from 'openai';
import { freePort } from '../../programs/free-port.ts';
import { ChaosProcesses, type Victim } from '../chaos/processes.ts';
import { Balancer } from '../helpers/balancer.ts';
import { readStream, wholeStream, type SeenEvent } from '../helpers/sse.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** `DRAIN_STREAMS=100` is the whole of it. */
const STREAMS = Number(process.env['DRAIN_STREAMS'] ?? 20);
const WORD_MS = 50;
/** In seconds: much longer than an answer takes, on a busy machine too. */
const ENOUGH = '60';

const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(' ');
/** About two seconds. */
const TEXT = words(40);

interface Place {
  id: string;
  thread_id: string;
}

let chaos: ChaosProcesses;
/** A server and a worker that stay, for what is not about them. */
let staying: { openai: OpenAI; worker: Victim };
let assistantId: string;

const rootOf = (port: number): string => `http://127.0.0.1:${port}`;
const openaiAt = (baseURL: string): OpenAI => new OpenAI({ baseURL, apiKey: 'none' });

beforeAll(async () => {
  chaos = await ChaosProcesses.prepare();
  chaos.world.wordDelayMs = WORD_MS;
  const port = await freePort(0);
  const apiUrl = `${rootOf(port)}/v1`;
  const [, worker] = await Promise.all([chaos.startServer(port), chaos.startWorker(apiUrl, { env: { SHUTDOWN_GRACE: ENOUGH } })]);
  staying = { openai: openaiAt(apiUrl), worker };
  assistantId = (await staying.openai.beta.assistants.create({ model: 'm' })).id;
}, 90_000);
afterAll(() => chaos.close());

interface Leaving {
  process: Victim;
  port: number;
  apiUrl: string;
  openai: OpenAI;
  /** Its exit code. */
  ended: Promise<number | null>;
}

/** A server that is going to be told to end. */
async function startLeaving(env: { DRAIN_DELAY: string; SHUTDOWN_GRACE: string; METRICS_PORT?: string }): Promise<Leaving> {
  const port = await freePort(0);
  const process = await chaos.startServer(port, { env });
  const apiUrl = `${rootOf(port)}/v1`;
  const ended = once(process.child, 'exit').then(([code]) => code as number | null);
  return { process, port, apiUrl, openai: openaiAt(apiUrl), ended };
}

const thread = (content: string) => ({ messages: [{ role: 'user' as const, content }] });
const readiness = async (port: number): Promise<[number, unknown]> => {
  const answer = await fetch(`${rootOf(port)}/readyz`);
  return [answer.status, await answer.json()];
};
const DRAINING = [503, { status: 'not ready', problems: ['it is draining'] }];
/** A stream with numbers, of a new run. */
const startStream = (apiUrl: string, content: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${apiUrl}/threads/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'last-event-id': '0', ...headers },
    body: JSON.stringify({ assistant_id: assistantId, thread: thread(content), stream: true }),
  });
const follow = (apiUrl: string, { id, thread_id }: Place, after: string | undefined): Promise<Response> =>
  fetch(`${apiUrl}/threads/${thread_id}/runs/${id}/events`, { headers: { 'last-event-id': after ?? '0' } });
const placeOf = (events: readonly SeenEvent[]): Place => events.find(({ event }) => event === 'thread.run.created')!.data;
/** Of the message that counts: one that a worker could not finish is closed as incomplete, and begun anew. */
const textOf = (events: readonly SeenEvent[]): string => {
  const { id } = events.find(({ event }) => event === 'thread.message.completed')!.data;
  return events
    .filter(({ event, data }) => event === 'thread.message.delta' && data.id === id)
    .map(({ data }) => String(data.delta.content[0].text.value))
    .join('');
};
/** Every event once and in order, and the whole answer. */
function expectWhole(events: readonly SeenEvent[], content: string): void {
  expect(events.map(({ id }) => id)).toEqual([...events.slice(0, -1).map((_, index) => String(index + 1)), undefined]);
  expect(events.slice(-2).map(({ event }) => event)).toEqual(['thread.run.completed', 'done']);
  expect(textOf(events)).toBe(content);
}

describe('a server that is told to end', () => {
  test('DRAIN_DELAY: /readyz is 503 at once and everything is served, new requests too; then the port is closed, code 0', async () => {
    const { process, port, openai, apiUrl, ended } = await startLeaving({ DRAIN_DELAY: '6', SHUTDOWN_GRACE: '1' });
    expect(await readiness(port)).toEqual([200, { status: 'ready', problems: [] }]);
    process.child.kill('SIGTERM');
    await waitUntil('503', async () => (await readiness(port))[0] === 503, 4_000);
    expect(await readiness(port)).toEqual(DRAINING);
    const run = await openai.beta.threads.createAndRun({ assistant_id: assistantId, thread: thread('new') });
    const answer = await fetch(`${apiUrl}/threads/${run.thread_id}`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    const held = fetch(`${apiUrl}/threads/${run.thread_id}/runs/${run.id}`, { headers: { prefer: 'wait=60' } });
    expect(await (await held).json()).toMatchObject({ id: run.id, status: 'completed' });
    expect(await ended).toBe(0);
    await expect(fetch(apiUrl)).rejects.toThrow();
  });

  test('a held GET is answered with what is known when the port is closed, not when the grace is over', async () => {
    chaos.world.thinksMs = 600_000;
    try {
      const { process, apiUrl, openai, ended } = await startLeaving({ DRAIN_DELAY: '0', SHUTDOWN_GRACE: '3600' });
      const run = await openai.beta.threads.createAndRun({ assistant_id: assistantId, thread: thread('held') });
      const held = fetch(`${apiUrl}/threads/${run.thread_id}/runs/${run.id}`, { headers: { prefer: 'wait=60' } });
      await waitUntil('the model call', async () => chaos.world.requests.some(({ code }) => code === 'held'));
      process.child.kill('SIGTERM');
      expect(await (await held).json()).toMatchObject({ id: run.id, status: 'in_progress' });
      expect(await ended).toBe(0);
      await staying.openai.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
    } finally {
      chaos.world.thinksMs = 25;
    }
  });

  test('the stream of an unmodified SDK, whose run ends within the grace, is complete; metrics show it to the end', async () => {
    const metrics = await freePort(0);
    const leaving = await startLeaving({ DRAIN_DELAY: '0', SHUTDOWN_GRACE: ENOUGH, METRICS_PORT: String(metrics) });
    const stream = leaving.openai.beta.threads.createAndRunStream({ assistant_id: assistantId, thread: thread(TEXT) });
    let after = '';
    let told = false;
    let [whole, open] = ['', ''];
    stream.on('textDelta', ({ value }) => {
      whole += value;
      if (told) after += value;
      else leaving.process.child.kill('SIGTERM');
      told = true;
    });
    await waitUntil('a closed port', () =>
      readiness(leaving.port).then(
        () => false,
        () => true,
      ),
    );
    open = await (await fetch(`${rootOf(metrics)}/metrics`)).text();
    expect(await readiness(metrics)).toEqual(DRAINING);
    expect((await stream.finalRun()).status).toBe('completed');
    expect(open).toContain('durable_assistants_open_streams 1');
    expect(whole).toBe(TEXT);
    expect(after.length).toBeGreaterThan(TEXT.length / 2);
    expect(await leaving.ended).toBe(0);
  });

  test('a stream that is longer than the grace is cut by its event, and goes on at another server: each event once', async () => {
    const { process, apiUrl, openai, ended } = await startLeaving({ DRAIN_DELAY: '0', SHUTDOWN_GRACE: '1' });
    const long = words(120);
    const reading = wholeStream(await startStream(apiUrl, long));
    const asking = openai.beta.threads.createAndRunStream({ assistant_id: assistantId, thread: thread(long) });
    const raised = asking.done().then(
      () => null,
      (error: unknown) => error,
    );
    await new Promise((resolve) => asking.once('textDelta', resolve));
    const toldMs = performance.now();
    process.child.kill('SIGTERM');
    const events = await reading;
    expect(await raised).toBeInstanceOf(APIError);
    expect(await ended).toBe(0);
    const cut = events.pop()!;
    expect(cut).toMatchObject({ event: 'error', id: undefined, data: { code: 'stream_interrupted' } });
    expect(cut.atMs - toldMs).toBeGreaterThan(900);
    expect(events.some(({ event, atMs }) => event === 'thread.message.delta' && atMs > toldMs)).toBe(true);
    const rest = await wholeStream(await follow(staying.openai.baseURL, placeOf(events), events.at(-1)!.id));
    expectWhole([...events, ...rest], long);
  });

  test('a second signal, later, ends it at once with a stream open', async () => {
    const { process, apiUrl, ended } = await startLeaving({ DRAIN_DELAY: '1', SHUTDOWN_GRACE: '3600' });
    const broken = expect(wholeStream(await startStream(apiUrl, words(400)))).rejects.toThrow();
    process.child.kill('SIGTERM');
    await delay(2_500);
    expect(process.ended).toBe(false);
    process.child.kill('SIGTERM');
    expect(await ended).toBe(130);
    await broken;
  });
});

/** A program with an SDK of OpenAI, that knows nothing of what happens. */
async function useSdk(openai: OpenAI): Promise<void> {
  const stream = openai.beta.threads.createAndRunStream({ assistant_id: assistantId, thread: thread(TEXT) });
  expect((await stream.finalRun()).status).toBe('completed');
  const messages = (await stream.finalMessages()).filter(({ status }) => status !== 'incomplete');
  expect(messages.map(({ content }) => content)).toMatchObject([[{ text: { value: TEXT } }]]);
}

/** A reader that comes back when its stream is cut. Gives how often it had to. */
async function useEvents(apiUrl: string): Promise<number> {
  const events: SeenEvent[] = [];
  // As SDKs do: a connection that was kept may be closed just when it is used again.
  const headers = { 'idempotency-key': randomUUID() };
  const start = (): Promise<Response> => startStream(apiUrl, TEXT, headers);
  let response = await start().catch(start);
  for (let resumed = 0; ; resumed += 1) {
    try {
      for await (const event of readStream(response)) if (event.event !== 'error') events.push(event);
    } catch {
      // The connection broke: with its last event, or without.
    }
    if (events.at(-1)?.event === 'done') {
      expectWhole(events, TEXT);
      return resumed;
    }
    await delay(100);
    response = await follow(apiUrl, placeOf(events), events.at(-1)?.id);
  }
}

test(
  `a rolling restart of two servers and two workers under ${STREAMS} streams: all of them see their end`,
  async () => {
    // More streams do not mean more words a second: processes have to start beside them.
    chaos.world.wordDelayMs = Math.max(WORD_MS, STREAMS * 3);
    const ports = [await freePort(0), await freePort(0)];
    const env = { DRAIN_DELAY: '2', SHUTDOWN_GRACE: ENOUGH };
    const startServer = (port: number): Promise<Victim> => chaos.startServer(port, { env });
    const servers = await Promise.all(ports.map(startServer));
    const balancer = await Balancer.start(ports);
    const startWorker = (): Promise<Victim> => chaos.startWorker(balancer.apiUrl, { env });
    const workers = await Promise.all([startWorker(), startWorker()]);
    await staying.worker.end('SIGTERM');
    try {
      await waitUntil('both ready', async () => ports.every((port) => balancer.isReady(port)));
      const restart = new AbortController();
      const streams = { sdk: 0, events: 0, resumed: 0 };
      const openai = openaiAt(balancer.apiUrl);
      const users = Array.from({ length: STREAMS }, async (_, user) => {
        do {
          if (user % 2 === 0) await useSdk(openai);
          else streams.resumed += await useEvents(balancer.apiUrl);
          streams[user % 2 === 0 ? 'sdk' : 'events'] += 1;
        } while (!restart.signal.aborted);
      });
      const restartServers = async (): Promise<void> => {
        for (const [index, port] of ports.entries()) {
          await servers[index]!.end('SIGTERM');
          expect(servers[index]!.child.exitCode).toBe(0);
          await startServer(port);
          await waitUntil('the new one', async () => balancer.isReady(port), 30_000);
        }
      };
      const restartWorkers = async (): Promise<void> => {
        for (const worker of workers) {
          await startWorker();
          await worker.end('SIGTERM');
          expect(worker.child.exitCode).toBe(0);
        }
      };
      await delay(500);
      const restarting = Promise.all([restartServers(), restartWorkers()]).finally(() => restart.abort());
      await Promise.all([restarting, ...users]);
      // Nobody waited for the end of the restarts to begin.
      expect(streams.sdk + streams.events).toBeGreaterThan(STREAMS);
      expect(streams.resumed).toBe(0);
    } finally {
      await balancer.close();
    }
  },
  200_000 + STREAMS * 5_000,
);
