// acceptance: the recorded streams against ours, event by event and key by key
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { baseUrlForAcceptance } from '../helpers/acceptance.ts';
import { ID, learn, loadRecording, shapeOf } from '../helpers/recordings.ts';
import { wholeStream } from '../helpers/sse.ts';

let baseUrl: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ baseUrl, stop } = await baseUrlForAcceptance());
});
afterAll(() => stop());

const isDelta = (event: string): boolean => event.endsWith('.delta');

interface Shaped {
  event: string;
  data: unknown;
}

/** A stream's events as their shapes; of many deltas in a row the first, which is special, and the second. */
function shapes(events: readonly Shaped[]): unknown[] {
  const kept = events.filter(
    ({ event }, index) => !(isDelta(event) && events[index - 1]?.event === event && events[index - 2]?.event === event),
  );
  return kept.map(({ event, data }) => [event, shapeOf(data)]);
}

test.each(['StreamingRunWorks', 'StreamingToolCall'])(
  '%s: the same events in the same order, with the same keys',
  async (name) => {
    const ids = new Map<string, string>();
    const translate = (text: string): string => text.replaceAll(ID, (id) => ids.get(id) ?? id);
    let streams = 0;
    for (const exchange of await loadRecording(name)) {
      let body = JSON.parse(translate(JSON.stringify(exchange.request))) as Record<string, unknown>;
      // The model of the recording understood the question; the scripted one is told to call.
      if (exchange.path === '/threads/runs') body = { ...body, tool_choice: 'required' };
      const response = await fetch(`${baseUrl}${translate(exchange.path)}`, {
        method: exchange.method,
        headers: { 'content-type': 'application/json', 'openai-beta': 'assistants=v2' },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(exchange.status);
      expect(response.headers.get('content-type')?.split(';')).toContain(
        Array.isArray(exchange.response) ? 'text/event-stream' : 'application/json',
      );
      if (!Array.isArray(exchange.response)) {
        learn(exchange.response, await response.json(), ids);
        continue;
      }
      const recorded = await wholeStream(new Response(exchange.response.join('')));
      const ours = await wholeStream(response);
      const once = (events: readonly Shaped[]) => events.filter(({ event }) => !isDelta(event)).map(({ data }) => data);
      learn(once(recorded), once(ours), ids);
      expect(shapes(ours)).toEqual(shapes(recorded));
      streams += 1;
    }
    expect(streams).toBeGreaterThan(0);
  },
);
