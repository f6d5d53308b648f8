import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import type { StreamEvent } from '../schemas/stream-event.ts';
import { RunEventsError } from './errors.ts';

/** An event of a run. Pass its `id` as `after` to resume the stream after this event. */
export type RunEvent = StreamEvent & { id: number };

/** Pause between attempts to connect, in milliseconds. */
const RECONNECT_MS = 500;
/**
 * How long attempts to connect may fail in a row, in milliseconds. Shorter as long as the endpoint was never reached: then it is
 * probably the wrong one.
 */
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
    this.#parser = createParser({ onEvent: (message) => this.#receive(message.event ?? '', message.id, message.data) });
  }

  #receive(event: string, id: string | undefined, data: string): void {
    if (event === 'done') this.#received.done = true;
    else if (event === 'error') this.#received.error = (JSON.parse(data) as { message: string }).message;
    else {
      // Events of a message whose deltas are no longer stored have no number. They take the one of the event before them, so that
      // a stream that resumes after it receives them again.
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

/** Why an endpoint returned no stream: the message of its error, else the body as it is. */
async function refusal(response: Response): Promise<string> {
  const text = (await response.text()).slice(0, 300);
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return text;
  }
}

/** Returns the stream, or why there is none at the moment. @throws {RunEventsError} if a retry would not help */
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
 * The events of a run, from the first one after number `after` to the run's end. Reconnects when the connection breaks.
 * @throws {RunEventsError} if the endpoint does not serve them, or cannot be reached for a minute (for the first connection: ten
 * seconds)
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
        // The connection broke: reconnect.
      }
    } else if (performance.now() - reachedAt > patienceMs) {
      throw new RunEventsError(
        `The endpoint ${baseUrl} cannot be reached (${response}). Set ASSISTANTS_BASE_URL, or connect({ endpoint }), to the one that the worker drives.`,
      );
    }
    await delay(RECONNECT_MS);
  }
}
