// one process: how the API closes, on a real database, without Temporal
import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerOptions } from '../../server/app.ts';
import { createAssistant } from '../../store/assistants.ts';
import { cancelRun } from '../../store/runs/act.ts';
import { createRun } from '../../store/create-run.ts';
import { createThread } from '../../store/threads/threads.ts';
import { startTestApi, type TestApi } from '../helpers/api.ts';
import { wholeStream } from '../helpers/sse.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import type { WorkflowCommand } from '../../contracts/outbox-command.ts';
import { inWhole } from '../helpers/extent.ts';

/** Longer than a test may take: what ends only because of it fails its test. */
const LONG_MS = 90_000;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

interface Opened {
  api: TestApi;
  port: number;
  url: string;
  run: { id: string; thread_id: string };
  /** Closes the API; `ended` says whether that is done. */
  close(): { closing: Promise<void>; ended: () => boolean };
}

/** The API on a port, with a run that stays queued. */
async function open(options: Partial<ServerOptions>): Promise<Opened> {
  const api = await startTestApi(options);
  cleanups.push(() => api.close());
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = api.app.server.address() as AddressInfo;
  const assistant = await createAssistant(api.context, { model: 'm' });
  const thread = await createThread(api.context, { messages: [{ role: 'user', content: 'hi' }] });
  const run = await createRun(api.context, thread.id, { assistant_id: assistant.id }, { expiresAfterMs: LONG_MS });
  return {
    api,
    port,
    url: `http://127.0.0.1:${port}/v1/threads/${thread.id}/runs/${run.id}`,
    run,
    close: () => {
      let ended = false;
      const closing = api.app.close().then(() => {
        ended = true;
      });
      return { closing, ended: () => ended };
    },
  };
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  cleanups.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const refused = (port: number): Promise<boolean> =>
  connected(port).then(
    (socket) => {
      socket.destroy();
      return false;
    },
    () => true,
  );

test('from the drain on each answer ends its connection, and is the same otherwise', async () => {
  const drain = new AbortController();
  const { url } = await open({ draining: drain.signal });
  const ask = async () => {
    const answer = await fetch(url);
    return [answer.status, answer.headers.get('connection'), ((await answer.json()) as { status: string }).status];
  };
  expect(await ask()).toEqual([200, 'keep-alive', 'queued']);
  drain.abort();
  expect(await ask()).toEqual([200, 'close', 'queued']);
});

test('closing: the port is closed and held GETs are answered at once; a stream goes on to the end of its run', async () => {
  const { api, url, run, port, close } = await open({ closeGraceMs: LONG_MS });
  const reading = wholeStream(await fetch(`${url}/events`));
  const held = fetch(url, { headers: { prefer: 'wait=60' } });
  await delay(200);
  const { closing, ended } = close();
  expect(await (await held).json()).toMatchObject({ id: run.id, status: 'queued' });
  await waitUntil('a closed port', () => refused(port));
  await delay(500);
  expect([ended(), api.openStreams()]).toEqual([false, 1]);
  await cancelRun(api.context, run.thread_id, run.id);
  expect((await reading).map(({ event }) => event)).toEqual([
    'thread.run.created',
    'thread.run.queued',
    'thread.run.cancelled',
    'done',
  ]);
  await closing;
});

inWhole('a stream that is open when the grace is over gets its last event, and ends', async () => {
  const { api, url, close } = await open({ closeGraceMs: 700 });
  const reading = wholeStream(await fetch(`${url}/events`));
  const { closing } = close();
  await delay(200);
  expect(api.openStreams()).toBe(1);
  const events = await reading;
  expect(events.map(({ event }) => event)).toEqual(['thread.run.created', 'thread.run.queued', 'error']);
  expect(events.at(-1)!.data).toMatchObject({ code: 'stream_interrupted' });
  await closing;
});

inWhole(
  'connections without a request do not hold up the end: kept ones, unused ones, and those whose stream is done',
  async () => {
    const { api, url, run, port, close } = await open({ closeGraceMs: LONG_MS });
    const agent = new Agent({ keepAlive: true });
    cleanups.push(() => agent.destroy());
    for (const path of ['', '/events']) {
      const asking = request(`${url}${path}`, { agent }).end();
      const [answer] = (await once(asking, 'response')) as [IncomingMessage];
      if (path === '') await once(answer.resume(), 'end');
      else answer.resume();
    }
    await connected(port);
    const { closing } = close();
    await delay(300);
    await cancelRun(api.context, run.thread_id, run.id);
    await closing;
  },
);

test('who asks again on the connection of a stream that has just ended is answered there, and told to move', async () => {
  const { api, run, url, close } = await open({ closeGraceMs: LONG_MS });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  cleanups.push(() => agent.destroy());
  const ask = async (path: string) => {
    const asking = request(`${url}${path}`, { agent }).end();
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    return { asking, answer };
  };
  const stream = await ask('/events');
  const { closing } = close();
  await delay(200);
  const read = once(stream.answer.resume(), 'end');
  await cancelRun(api.context, run.thread_id, run.id);
  await read;
  const { asking, answer } = await ask('');
  expect([asking.reusedSocket, answer.statusCode, answer.headers.connection]).toEqual([true, 200, 'close']);
  answer.resume();
  await closing;
});

test('a request that arrives on an open connection while the server ends is answered like any other', async () => {
  const { run, url, port, close } = await open({ closeGraceMs: LONG_MS });
  const socket = await connected(port);
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  socket.write(`GET ${new URL(url).pathname} HTTP/1.1\r\nhost: 127.0.0.1\r\n`);
  await delay(200);
  const { closing } = close();
  await waitUntil('a closed port', () => refused(port));
  const read = once(socket, 'end');
  socket.write('\r\n');
  await Promise.all([closing, read]);
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(text).toMatch(/^connection: close\r$/im);
  expect(text).toContain(run.id);
});

test('what Temporal could not be told goes on being sent until the last stream has ended', async () => {
  let reachable = false;
  const sent: string[] = [];
  const send = async ({ workflowId }: WorkflowCommand): Promise<void> => {
    if (!reachable) throw new Error('Temporal is away');
    sent.push(workflowId);
  };
  const { api, run, url, close } = await open({
    closeGraceMs: LONG_MS,
    workflows: { start: send, signalWithStart: send, signal: send },
  });
  const reading = wholeStream(await fetch(`${url}/events`));
  const { closing } = close();
  await delay(300);
  expect(sent).toEqual([]);
  reachable = true;
  api.clock.advance(60_000);
  await waitUntil('the start of the run', async () => sent.includes(run.id));
  await cancelRun(api.context, run.thread_id, run.id);
  await reading;
  await closing;
});
