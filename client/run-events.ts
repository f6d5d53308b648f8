import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import type { EndpointOptions } from '../contracts/endpoint.ts';
import type { StreamEvent } from '../schemas/stream-event.ts';
import { RunEventsError } from './errors.ts';

/** An event of a run, with its number, by which one can go on behind it later. */
export type RunEvent = StreamEvent & { id: number };

/** Between attempts to connect, in milliseconds, and for how long in a row. */
const AGAIN_MS = 500;
const GIVE_UP_MS = 60_000;

interface Received {
  events: RunEvent[];
  done: boolean;
  error: string | null;
}

class EventReader {
  readonly #parser;
  #received: Received = { events: [], done: false, error: null };

  constructor() {
    this.#parser = createParser({ onEvent: (message) => this.#take(message.event ?? '', message.id, message.data) });
  }

  #take(event: string, id: string | undefined, data: string): void {
    if (event === 'done') this.#received.done = true;
    else if (event === 'error') this.#received.error = (JSON.parse(data) as { message: string }).message;
    // What carries no number was there before: all of a message whose pieces are not kept any more.
    else if (id !== undefined) this.#received.events.push({ id: Number(id), event, data: JSON.parse(data) } as RunEvent);
  }

  read(text: string): Received {
    this.#parser.feed(text);
    const received = this.#received;
    this.#received = { events: [], done: false, error: null };
    return received;
  }
}

/** @throws {RunEventsError} for an answer that sending the request again would not change */
async function connect(url: string, apiKey: string, after: number): Promise<Response | null> {
  const headers = { authorization: `Bearer ${apiKey}`, 'openai-beta': 'assistants=v2', 'last-event-id': String(after) };
  const response = await fetch(url, { headers }).catch(() => null);
  if (!response || response.status >= 500 || response.status === 429) {
    await response?.body?.cancel();
    return null;
  }
  if (response.ok && response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  const text = (await response.text()).slice(0, 300);
  throw new RunEventsError(
    `The endpoint does not offer events of this run (${response.status}): ${text} Only durable-assistants servers do; watch() works with any.`,
  );
}

/**
 * The events of a run, from behind number `after` to its end, whatever happens to the connection meanwhile.
 * @throws {RunEventsError} if the endpoint does not offer them, or cannot be reached for a minute
 */
export async function* runEvents(
  { baseUrl, apiKey }: EndpointOptions,
  { threadId, runId }: { threadId: string; runId: string },
  after: number,
): AsyncGenerator<RunEvent, void, undefined> {
  const url = `${baseUrl.replace(/\/$/, '')}/threads/${threadId}/runs/${runId}/events`;
  let last = after;
  let reachedAt = Date.now();
  for (;;) {
    const response = await connect(url, apiKey, last);
    if (response) {
      const reader = new EventReader();
      try {
        for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
          reachedAt = Date.now();
          const { events, done, error } = reader.read(text);
          for (const event of events) {
            last = event.id;
            yield event;
          }
          if (done) return;
          if (error !== null) break;
        }
      } catch {
        // The connection broke: the loop makes another.
      }
    }
    if (Date.now() - reachedAt > GIVE_UP_MS) throw new RunEventsError(`The endpoint ${baseUrl} cannot be reached.`);
    await delay(AGAIN_MS);
  }
}
