// acceptance: the core of the recorded exchanges against our server, as request sequences
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { baseUrlForAcceptance } from '../helpers/acceptance.ts';
import { ID, learn, loadRecording, shapeOf, type Exchange } from '../helpers/recordings.ts';

/** Sequences of the hosted API that need nothing which this server refuses. */
const SEQUENCES = [
  'BasicAssistantOperationsWork',
  'BasicThreadOperationsWork',
  'BasicMessageOperationsWork',
  'FunctionToolsWork',
  'Pagination_CanPageThroughAssistantCollection',
];

/** The recording shows `file_ids` here, where every other answer has `attachments`; we answer like the others. */
const isKnownOddity = (exchange: Exchange): boolean => exchange.method === 'POST' && /\/messages\/msg_/.test(exchange.path);

let baseUrl: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ baseUrl, stop } = await baseUrlForAcceptance());
});
afterAll(() => stop());

async function send(method: string, path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'openai-beta': 'assistants=v2', prefer: 'wait=10' },
    ...(body !== null && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** A recorded poll that shows a status in passing says nothing about ours. */
const inPassing = (exchange: Exchange): boolean =>
  exchange.method === 'GET' && ['queued', 'in_progress'].includes(String(exchange.response['status']));

describe.each(SEQUENCES)('%s', (name) => {
  test('the same statuses, keys in the same order, null where theirs is null', async () => {
    const ids = new Map<string, string>();
    const translate = (text: string): string => text.replaceAll(ID, (id) => ids.get(id) ?? id);
    let compared = 0;
    for (const exchange of await loadRecording(name)) {
      if (inPassing(exchange)) continue;
      let request: unknown = exchange.request === null ? null : JSON.parse(translate(JSON.stringify(exchange.request)));
      // Without a limit it shows whatever else the project holds.
      const isList = exchange.path === '/assistants' && exchange.method === 'GET';
      // The model of the recording understood the question; the scripted one is told to call.
      if (exchange.path === '/threads/runs') request = { ...(request as object), tool_choice: 'required' };
      const answer = await send(exchange.method, translate(exchange.path), request);
      expect([exchange.path, answer.status]).toEqual([exchange.path, exchange.status]);
      learn(exchange.response, answer.body, ids);
      // Errors are the same to the letter, but for ids.
      if (exchange.status >= 400) expect(answer.body).toEqual(JSON.parse(translate(JSON.stringify(exchange.response))));
      if (isKnownOddity(exchange)) continue;
      const recorded = isList ? { ...exchange.response, data: [], has_more: false } : { ...exchange.response };
      const ours = isList ? { ...answer.body, data: [] } : { ...answer.body };
      if ('tool_choice' in recorded) delete recorded['tool_choice'];
      if ('tool_choice' in ours) delete ours['tool_choice'];
      expect([exchange.path, shapeOf(ours)]).toEqual([exchange.path, shapeOf(recorded)]);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(2);
  });
});
