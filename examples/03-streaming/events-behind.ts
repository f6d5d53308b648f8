import { createParser } from 'eventsource-parser';

/** What of an event this example looks at. */
interface SeenEvent {
  name: string;
  data: { delta: { content: { text: { value: string } }[] } };
}

/** The events of a stream behind number `after`, to its end. Any reader of Server-Sent Events will do; browsers have one. */
export async function* eventsBehind(url: string, after: number): AsyncGenerator<SeenEvent> {
  const response = await fetch(url, { headers: { 'last-event-id': String(after) } });
  if (!response.ok || !response.body) throw new Error(`${response.status}: ${await response.text()}`);
  const read: SeenEvent[] = [];
  const parser = createParser({
    onEvent: ({ event = '', data }) => {
      if (data !== '[DONE]') read.push({ name: event, data: JSON.parse(data) as SeenEvent['data'] });
    },
  });
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    parser.feed(text);
    yield* read.splice(0);
  }
}
