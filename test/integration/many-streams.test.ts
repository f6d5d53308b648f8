// real Temporal, one process: many listeners on many runs that stream at once, some of them slow, dead or coming back
import { beforeAll, expect, test } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { randomFrom } from '../helpers/random.ts';
import { withService } from '../helpers/service.ts';
import { readStream, wholeStream, type SeenEvent } from '../helpers/sse.ts';

const RUNS = 50;
const LISTENERS_EACH = 4;
const WORDS = 80;
const words = Array.from({ length: WORDS }, (_, index) => `word${index}`).join(' ');
const random = randomFrom(20_260_826);

let assistantId: string;
const service = withService({ script: () => ({ text: words, wordDelayMs: 10 }) });
beforeAll(async () => {
  assistantId = await service.assistantWith([]);
});

interface RunPlace {
  id: string;
  thread_id: string;
}

const pathOf = ({ id, thread_id }: RunPlace) => `/threads/${thread_id}/runs/${id}/events`;
const follow = (run: RunPlace, after = 0) =>
  fetch(`${service.service.apiUrl}${pathOf(run)}`, { headers: { 'last-event-id': String(after) } });
const plain = (events: readonly SeenEvent[]) => events.map(({ event, id, data }) => [event, id, data]);

/** Starts a streamed run; gives its place as soon as it is known, and what its own stream shows. */
async function begin(): Promise<{ run: RunPlace; whole: Promise<SeenEvent[]> }> {
  const response = await fetch(`${service.service.apiUrl}/threads/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'last-event-id': '0' },
    body: JSON.stringify({
      assistant_id: assistantId,
      thread: { messages: [{ role: 'user', content: 'go' }] },
      stream: true,
    }),
  });
  const place = Promise.withResolvers<RunPlace>();
  const whole = (async () => {
    const events: SeenEvent[] = [];
    for await (const event of readStream(response)) {
      events.push(event);
      if (event.event === 'thread.run.created') place.resolve(event.data);
    }
    return events;
  })();
  return { run: await place.promise, whole };
}

/** Reads a run's stream, and goes away and comes back after a random number of events each time. */
async function comingBack(run: RunPlace): Promise<SeenEvent[]> {
  const events: SeenEvent[] = [];
  while (events.at(-1)?.event !== 'done') {
    let left = 1 + Math.floor(random() * 40);
    for await (const event of readStream(await follow(run, Number(events.at(-1)?.id ?? 0)))) {
      events.push(event);
      left -= 1;
      if (left === 0) break;
    }
  }
  return events;
}

/** Reads a run's stream with pauses. */
async function slowly(run: RunPlace): Promise<SeenEvent[]> {
  const events: SeenEvent[] = [];
  for await (const event of readStream(await follow(run))) {
    events.push(event);
    if (events.length % 25 === 0) await delay(150);
  }
  return events;
}

/** Asks for a stream, and never reads a byte of it. */
function dead(run: RunPlace): Socket {
  const { hostname, port } = new URL(service.service.apiUrl);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.write(`GET /v1${pathOf(run)} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  return socket;
}

test('200 listeners on 50 runs: nothing lost, doubled or out of order, and the final message equals GET', async () => {
  const runs = await Promise.all(Array.from({ length: RUNS }, begin));
  const sockets = runs.slice(0, 10).map(({ run }) => dead(run));
  const readers = [(run: RunPlace) => follow(run).then(wholeStream), comingBack, slowly];
  expect(readers.length + 1).toBe(LISTENERS_EACH);
  await Promise.all(
    runs.map(async ({ run, whole }) => {
      const seen = await Promise.all(readers.map((read) => read(run)));
      const own = await whole;
      expect(own.map(({ id }) => id)).toEqual([...own.slice(0, -1).map((_, index) => String(index + 1)), undefined]);
      const deltas = own.filter(({ event }) => event === 'thread.message.delta');
      expect(deltas.map(({ data }) => data.delta.content[0].text.value).join('')).toBe(words);
      for (const events of seen) expect(plain(events)).toEqual(plain(own));
      const { data } = await service.openai.beta.threads.messages.list(run.thread_id, { limit: 1 });
      const completed = own.find(({ event }) => event === 'thread.message.completed')!;
      expect(completed.data.content).toEqual(data[0]!.content);
    }),
  );
  for (const socket of sockets) socket.destroy();
}, 60_000);
