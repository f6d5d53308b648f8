// acceptance: the core of the recorded exchanges against our server, as request sequences
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { baseUrlForAcceptance } from '../helpers/acceptance.ts';

interface Exchange {
  method: string;
  path: string;
  status: number;
  request: unknown;
  response: Record<string, unknown>;
}

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

const ID = /\b(?:asst|thread|msg|run|step|call)_\w{24}\b/g;

async function load(name: string): Promise<Exchange[]> {
  const text = await readFile(new URL(`../fixtures/recordings/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Exchange);
}

/** Pairs the recording's ids with ours, where both stand in one place. */
function learn(recorded: unknown, ours: unknown, ids: Map<string, string>): void {
  if (typeof recorded === 'string' && typeof ours === 'string' && recorded.match(ID)?.[0] === recorded) ids.set(recorded, ours);
  if (typeof recorded !== 'object' || recorded === null || typeof ours !== 'object' || ours === null) return;
  for (const [key, value] of Object.entries(recorded)) learn(value, (ours as Record<string, unknown>)[key], ids);
}

/** The keys in their order, with what is null: the shape that programs depend on. */
function shapeOf(value: unknown): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object') return typeof value;
  return Object.entries(value).map(([key, inner]) => [key, key === 'metadata' || key === 'parameters' ? inner : shapeOf(inner)]);
}

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
    for (const exchange of await load(name)) {
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
