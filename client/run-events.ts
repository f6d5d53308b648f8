import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import type { StreamEvent } from '../schemas/stream-event.ts';
import { RunEventsError } from './errors.ts';

/** An event of a run, with the number behind which one can go on later. */
export type RunEvent = StreamEvent & { id: number };

/** Between attempts to connect, in milliseconds. */
const AGAIN_MS = 500;
/** For how long in a row: an endpoint that was never reached is probably another one than was meant. */
const GIVE_UP_FIRST_MS = 10_000;
const GIVE_UP_MS = 60_000;

interface Received {
  events: RunEvent[];
  done: boolean;
  error: string | null;
}

class SseEventParser {
  readonly #parser;
  #last: number;
  #received: Received = { events: [], done: false, error: null };

  constructor(last: number) {
    this.#last = last;
    this.#parser = createParser({ onEvent: (message) => this.#take(message.event ?? '', message.id, message.data) });
  }

  #take(event: string, id: string | undefined, data: string): void {
    if (event === 'done') this.#received.done = true;
    else if (event === 'error') this.#received.error = (JSON.parse(data) as { message: string }).message;
    else {
      // All of a message whose pieces are not kept any more carries no number: behind the one before, it comes again.
      if (id !== undefined) this.#last = Number(id);
      this.#received.events.push({ id: this.#last, event, data: JSON.parse(data) } as RunEvent);
    }
  }

  read(text: string): Received {
    this.#parser.feed(text);
    const received = this.#received;
    this.#received = { events: [], done: false, error: null };
    return received;
  }
}

/** Why an endpoint gave no stream, in its own words where it has some. */
async function refusal(response: Response): Promise<string> {
  const text = (await response.text()).slice(0, 300);
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return text;
  }
}

/** The stream, or why there is none just now. @throws {RunEventsError} for an answer that asking again would not change */
async function connect(url: string, apiKey: string, after: number): Promise<Response | string> {
  const headers = { authorization: `Bearer ${apiKey}`, 'openai-beta': 'assistants=v2', 'last-event-id': String(after) };
  let response: Response;
  try {
    response = await fetch(url, { headers });
  } catch (error) {
    const { cause, message } = error as Error;
    return cause instanceof Error ? cause.message : message;
  }
  if (response.ok && response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  const why = `${response.status}: ${await refusal(response)}`;
  if (response.status >= 500 || response.status === 429) return why;
  const advice = response.status === 404 ? ' Only durable-assistants servers have events of runs; watch() works with any.' : '';
  throw new RunEventsError(`The endpoint does not give the events of this run (${why})${advice}`);
}

/**
 * The events of a run, from behind number `after` to its end, whatever happens to the connection meanwhile.
 * @throws {RunEventsError} if the endpoint does not offer them, or cannot be reached for a minute (at first: ten seconds)
 */
export async function* runEvents(
  { baseUrl, apiKey }: EndpointOptions,
  { threadId, runId }: { threadId: string; runId: string },
  after: number,
): AsyncGenerator<RunEvent, void, undefined> {
  const url = `${baseUrl.replace(/\/$/, '')}/threads/${threadId}/runs/${runId}/events`;
  let last = after;
  let reachedAt = performance.now();
  let patienceMs = GIVE_UP_FIRST_MS;
  for (;;) {
    const response = await connect(url, apiKey, last);
    if (typeof response !== 'string') {
      patienceMs = GIVE_UP_MS;
      const reader = new SseEventParser(last);
      try {
        for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
          reachedAt = performance.now();
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
    } else if (performance.now() - reachedAt > patienceMs) {
      throw new RunEventsError(
        `The endpoint ${baseUrl} cannot be reached (${response}). Set ASSISTANTS_BASE_URL, or connect({ endpoint }), to the one that the worker drives.`,
      );
    }
    await delay(AGAIN_MS);
  }
}
