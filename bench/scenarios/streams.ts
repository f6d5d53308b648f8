import { createParser } from 'eventsource-parser';
import { percentile } from '../load.ts';
import { DELTAS, SPEAK, sharedClock } from '../speaking.ts';
import type { System } from '../system.ts';

interface StreamOptions {
  apiUrl: string;
  /** Null: read the model directly, without a server. */
  assistantId: string | null;
  /** Called for each delta with the time from the model's sending it to our reading it, in milliseconds. */
  onDelta: (milliseconds: number) => void;
  /** Called for each event without a delta. */
  onEvent?: (event: string, data: { id: string; thread_id: string }) => void;
}

const message = { role: 'user', content: `Please ${SPEAK}.` };

/** Reads one streamed answer to its end. */
async function readOne({ apiUrl, assistantId, onDelta, onEvent }: StreamOptions): Promise<void> {
  const [path, body] =
    assistantId === null
      ? ['/chat/completions', { model: 'm', messages: [message], stream: true }]
      : ['/threads/runs', { assistant_id: assistantId, thread: { messages: [message] }, stream: true }];
  const response = await fetch(apiUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const parser = createParser({
    onEvent: ({ event, data }) => {
      const now = sharedClock();
      if (data === '[DONE]') return;
      const parsed = JSON.parse(data) as {
        choices?: { delta: { content?: string } }[];
        delta?: { content: { text: { value: string } }[] };
      };
      const text = parsed.choices ? parsed.choices[0]?.delta.content : parsed.delta?.content[0]?.text.value;
      if (text) onDelta(now - Number(text));
      else if (event) onEvent?.(event, parsed as unknown as { id: string; thread_id: string });
    },
  });
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) parser.feed(text);
}

/** The results of concurrent streams. Times in milliseconds. */
export interface StreamsReport {
  streams: number;
  /** How many deltas were measured. */
  deltas: number;
  p50: number;
  p95: number;
  p99: number;
  /** CPU time of all processes under test per delta, in microseconds. */
  cpuMicrosPerDelta: number;
  /** The longest event loop lag of any process under test. */
  loopLagMs: number;
}

const metric = (text: string, name: string): number => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN);

async function loopLagMs(system: System): Promise<number> {
  const texts = await Promise.all(system.metricsUrls.map(async (url) => (await fetch(url)).text()));
  return Math.max(...texts.map((text) => metric(text, 'nodejs_eventloop_lag_max_seconds'))) * 1_000;
}

/**
 * Streams of six seconds each, all started at once. Measures from the first delta of the last stream to the last delta of the
 * first one that ends. This leaves out the start, when the runs are created.
 */
export async function measureStreams(
  system: System,
  target: { apiUrl: string; assistantId: string | null },
  streams: number,
  cpu: () => Promise<number>,
): Promise<StreamsReport> {
  const times: number[] = [];
  let deltas = 0;
  let begun = 0;
  let measuring = false;
  let before: Promise<number> | undefined;
  let after: Promise<number> | undefined;
  const one = async (): Promise<void> => {
    let own = 0;
    await readOne({
      ...target,
      onDelta: (time) => {
        own += 1;
        deltas += 1;
        if (own === 1) begun += 1;
        if (begun === streams && before === undefined) {
          measuring = true;
          before = loopLagMs(system).then(cpu);
        }
        if (measuring) times.push(time);
        if (own < DELTAS || after !== undefined) return;
        measuring = false;
        after = cpu();
      },
    });
  };
  await Promise.all(Array.from({ length: streams }, one));
  if (deltas !== streams * DELTAS) throw new Error(`${deltas} of ${streams * DELTAS} deltas were received`);
  const sorted = times.toSorted((a, b) => a - b);
  return {
    streams,
    deltas: times.length,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    cpuMicrosPerDelta: (((await after)! - (await before)!) * 1e6) / times.length,
    loopLagMs: await loopLagMs(system),
  };
}

/** Cancels runs in the middle of their streams, ten concurrently. Returns the times from the request to `cancelled`, sorted. */
export async function measureCancels(apiUrl: string, assistantId: string, count: number): Promise<number[]> {
  const times: number[] = [];
  const one = async (): Promise<void> => {
    let requestedAt = 0;
    let run = { id: '', thread_id: '' };
    let deltas = 0;
    let cancelling: Promise<unknown> | undefined;
    await readOne({
      apiUrl,
      assistantId,
      onDelta: () => {
        deltas += 1;
        if (deltas < 5 || cancelling) return;
        requestedAt = performance.now();
        cancelling = fetch(`${apiUrl}/threads/${run.thread_id}/runs/${run.id}/cancel`, { method: 'POST' });
      },
      onEvent: (event, data) => {
        if (event === 'thread.run.created') run = data;
        if (event === 'thread.run.cancelled') times.push(performance.now() - requestedAt);
      },
    });
    await cancelling;
  };
  for (let left = count; left > 0; left -= 10) await Promise.all(Array.from({ length: Math.min(10, left) }, one));
  if (times.length !== count) throw new Error(`${times.length} of ${count} runs were cancelled`);
  return times.toSorted((a, b) => a - b);
}
