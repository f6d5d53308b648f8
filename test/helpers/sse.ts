import { createParser } from 'eventsource-parser';
import type { AnyJson } from './any-json.ts';

/** One event of a stream as it came over the wire. */
export interface SeenEvent {
  event: string;
  id: string | undefined;
  data: AnyJson;
  atMs: number;
}

/** Reads a stream event by event, to its end; comments are passed to `onComment`. */
export async function* readStream(response: Response, onComment: (text: string) => void = () => {}): AsyncGenerator<SeenEvent> {
  const seen: SeenEvent[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) => {
      seen.push({ event: event ?? '', id, data: data === '[DONE]' ? data : JSON.parse(data), atMs: performance.now() });
    },
    onComment,
  });
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    parser.feed(chunk);
    yield* seen.splice(0);
  }
}

/** All events of a stream. */
export async function wholeStream(response: Response): Promise<SeenEvent[]> {
  const events: SeenEvent[] = [];
  for await (const event of readStream(response)) events.push(event);
  return events;
}
