// acceptance: a tour of all operations that are served, held against the description
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import {
  applyDifferences,
  differences,
  hostedDocument,
  isUnbuilt,
  differencesOf,
  servedDocument,
  type OpenApiDocument,
} from '../../server/openapi/document.ts';
import { apiCoverage } from '../../scripts/api-coverage.ts';
import { modelReference } from '../../scripts/model-reference.ts';
import { rules, type Script } from 'durable-assistants/scripted-model';
import { baseUrlForAcceptance } from '../helpers/acceptance.ts';
import type { AnyJson } from '../helpers/any-json.ts';
import { ContractValidator, type Answer } from '../helpers/contract/validator.ts';

let baseUrl: string;
let stop: () => Promise<void>;
const answers: Answer[] = [];

async function send(method: string, path: string, params: Record<string, string> = {}, body?: unknown): Promise<AnyJson> {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
  const response = await fetch(`${baseUrl}${filled}`, {
    method,
    headers: { 'content-type': 'application/json', prefer: 'wait=10' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const json: unknown = await response.json();
  answers.push({ method, path: path.split('?')[0]!, status: response.status, body: json });
  return json;
}

const weather = {
  type: 'function',
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

/** Every operation that is served, with lists empty and full, runs of every fate, and an error of each. */
async function tour(): Promise<void> {
  const runPath = '/threads/{thread_id}/runs/{run_id}';
  const assistant = await send('POST', '/assistants', {}, { model: 'm', name: 'n', tools: [weather], metadata: { a: 'b' } });
  const at = { assistant_id: assistant.id as string };
  await send('GET', '/assistants/{assistant_id}', at);
  await send('POST', '/assistants/{assistant_id}', at, { instructions: 'Be kind.', reasoning_effort: 'low' });
  await send('GET', '/assistants');
  await send('GET', `/assistants?after=${at.assistant_id}&order=asc`);

  const thread = await send('POST', '/threads', {}, { metadata: {} });
  const on = { thread_id: thread.id as string };
  await send('GET', '/threads/{thread_id}', on);
  await send('POST', '/threads/{thread_id}', on, { metadata: { k: 'v' } });
  await send('GET', '/threads/{thread_id}/messages', on);
  await send('GET', '/threads/{thread_id}/runs', on);
  const message = await send('POST', '/threads/{thread_id}/messages', on, { role: 'user', content: 'Weather in Paris?' });
  const of = { ...on, message_id: message.id as string };
  await send('GET', '/threads/{thread_id}/messages/{message_id}', of);
  await send('POST', '/threads/{thread_id}/messages/{message_id}', of, { metadata: { k: 'v' } });

  const run = await send('POST', '/threads/{thread_id}/runs', on, { assistant_id: at.assistant_id, tool_choice: 'required' });
  const to = { ...on, run_id: run.id as string };
  const waiting = await send('GET', runPath, to);
  await send('GET', `${runPath}/steps`, to);
  await send('POST', runPath, to, { metadata: {} });
  await send('POST', '/threads/{thread_id}/messages', on, { role: 'user', content: 'refused' });
  const calls = waiting.required_action.submit_tool_outputs.tool_calls as { id: string }[];
  await send('POST', `${runPath}/submit_tool_outputs`, to, {
    tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: 'sunny' })),
  });
  await send('GET', runPath, to);
  const steps = await send('GET', `${runPath}/steps`, to);
  await send('GET', `${runPath}/steps?after=${steps.last_id}`, to);
  for (const step of steps.data) await send('GET', `${runPath}/steps/{step_id}`, { ...to, step_id: step.id });
  await send('POST', runPath, to, { metadata: { done: 'yes' } });
  await send('GET', '/threads/{thread_id}/runs', on);
  await send('GET', '/threads/{thread_id}/messages', on);

  const bare = await send('POST', '/assistants', {}, { model: 'm' });
  const second = await send(
    'POST',
    '/threads/runs',
    {},
    {
      assistant_id: bare.id,
      thread: { messages: [{ role: 'user', content: 'hi' }] },
    },
  );
  await send('GET', runPath, { thread_id: second.thread_id, run_id: second.id });
  const filtered = await send(
    'POST',
    '/threads/runs',
    {},
    { assistant_id: bare.id, thread: { messages: [{ role: 'user', content: 'unspeakable' }] } },
  );
  await send('GET', runPath, { thread_id: filtered.thread_id, run_id: filtered.id });
  const third = await send('POST', '/threads/{thread_id}/runs', on, {
    assistant_id: at.assistant_id,
    tool_choice: 'required',
    tools: Array.from({ length: 21 }, (_, index) => ({ ...weather, function: { ...weather.function, name: `tool_${index}` } })),
    max_prompt_tokens: 255,
    max_completion_tokens: 16,
  });
  const gone = { ...on, run_id: third.id as string };
  await send('GET', runPath, gone);
  await send('POST', `${runPath}/cancel`, gone);
  await send('GET', `${runPath}/steps`, gone);
  await send('POST', `${runPath}/cancel`, gone);

  await send('DELETE', '/threads/{thread_id}/messages/{message_id}', of);
  await send('DELETE', '/threads/{thread_id}', on);
  await send('DELETE', '/assistants/{assistant_id}', at);
  await send('GET', '/assistants/{assistant_id}', at);
}

/** The built-in rules, with a filter that stops one word. */
const withFilter: Script = (request) =>
  JSON.stringify(request.messages).includes('unspeakable') ? { text: 'It is', finishReason: 'content_filter' } : rules(request);

beforeAll(async () => {
  ({ baseUrl, stop } = await baseUrlForAcceptance(withFilter));
  await tour();
});
afterAll(() => stop());

const problemsBy = (document: OpenApiDocument): string[] => {
  const validator = new ContractValidator(document);
  return answers.flatMap((answer) => validator.problems(answer) ?? [`not described: ${answer.method} ${answer.path}`]);
};

test('every answer of the tour is as the description with its differences says', async () => {
  expect(problemsBy(await servedDocument('test'))).toEqual([]);
});

test('the tour came by every operation that is served', async () => {
  const seen = new Set(answers.map(({ method, path }) => `${method} ${path}`));
  const { paths } = await hostedDocument();
  const served = Object.entries(paths).flatMap(([path, operations]) =>
    isUnbuilt(path) ? [] : Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(served.filter((operation) => !seen.has(operation))).toEqual([]);
  expect(served).toHaveLength(23);
});

test('no difference is listed in vain: without it, an answer breaks the description', async () => {
  const list = differencesOf((await differences()).responses);
  expect(list.length).toBeGreaterThan(10);
  const unused = [];
  for (const one of list) {
    const document = await hostedDocument();
    applyDifferences(
      document,
      list.filter((difference) => difference !== one),
      'sent',
    );
    if (problemsBy(document).length === 0) unused.push(one);
  }
  expect(unused).toEqual([]);
});

describe('operations that are not built', () => {
  test('each answers 400 unsupported_feature, and SDKs do not send it again', async () => {
    const { paths } = await hostedDocument();
    for (const [path, operations] of Object.entries(paths).filter(([path]) => isUnbuilt(path))) {
      for (const method of Object.keys(operations)) {
        const response = await fetch(`${baseUrl}${path.replaceAll(/\{\w+\}/g, 'x')}`, { method: method.toUpperCase() });
        expect([path, response.status, response.headers.get('x-should-retry')]).toEqual([path, 400, 'false']);
        expect(await response.json()).toMatchObject({ error: { code: 'unsupported_feature' } });
      }
    }
  });

  test('each field that is listed as refused is refused, each that is ignored is taken', async () => {
    for (const { field, state, example } of (await differences()).requests) {
      const response = await fetch(`${baseUrl}${example.path}`, {
        ...(example.body && {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(example.body),
        }),
      });
      const { error } = (await response.json()) as { error?: { code: string } };
      expect([field, response.status, error?.code]).toEqual(
        state === 'refused' ? [field, 400, 'unsupported_feature'] : [field, 200, undefined],
      );
    }
  });
});

test('/openapi.json is the description that the answers were held against', async () => {
  const response = await fetch(`${baseUrl.replace('/v1', '')}/openapi.json`);
  expect(response.headers.get('content-type')).toContain('application/json');
  const served = (await response.json()) as OpenApiDocument;
  const { info: _, ...expected } = await servedDocument('test');
  expect(served).toMatchObject(JSON.parse(JSON.stringify(expected)) as object);
});

test('docs/reference/models.md is true (npm run docs writes it)', async () => {
  const written = await readFile(new URL('../../docs/reference/models.md', import.meta.url), 'utf8');
  expect(written).toBe(modelReference());
});

test('docs/reference/api-coverage.md is true (npm run docs writes it)', async () => {
  const written = await readFile(new URL('../../docs/reference/api-coverage.md', import.meta.url), 'utf8');
  expect(written).toBe(await apiCoverage());
});
