// real Temporal, one process: what endpoints want to be sent, on the wire
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestService, type TestService } from '../../helpers/service.ts';
import { calls, delta, json, RawEndpoint, stream, well, type RawRequest } from './raw-endpoint.ts';
import { REQUEST_QUIRKS, type RequestQuirk } from './requests.ts';

let endpoint: RawEndpoint;
let service: TestService;
let assistantId: string;
let seen: Map<string, Promise<{ seen: unknown; requests: number }>>;
beforeAll(async () => {
  endpoint = await RawEndpoint.start();
  service = await startTestService({ settings: { MODEL_BASE_URL: endpoint.baseUrl, MODEL_API_KEY: 'key' } });
  const tools = ['f', 'g'].map((name) => ({ type: 'function' as const, function: { name, parameters: { type: 'object' } } }));
  assistantId = (await service.openai.beta.assistants.create({ model: 'm', tools })).id;
  seen = new Map(REQUEST_QUIRKS.map((quirk) => [quirk.what, seeQuirk(quirk)]));
  await Promise.allSettled(seen.values());
});
afterAll(async () => {
  await service.close();
  await endpoint.close();
});

/** Does a run to its end; each call gets an output. Gives the ids of the calls as callers see them. */
async function run(threadId: string, params: object): Promise<string[]> {
  const { runs } = service.openai.beta.threads;
  const ids: string[] = [];
  let {
    id,
    status,
    required_action: action,
    last_error: error,
  } = await runs.createAndPoll(threadId, { assistant_id: assistantId, ...params }, { pollIntervalMs: 50 });
  while (status === 'requires_action') {
    const called = action!.submit_tool_outputs.tool_calls.map((call) => call.id);
    ids.push(...called);
    ({
      id,
      status,
      required_action: action,
      last_error: error,
    } = await runs.submitToolOutputsAndPoll(
      id,
      { thread_id: threadId, tool_outputs: called.map((call) => ({ tool_call_id: call, output: 'out' })) },
      { pollIntervalMs: 50 },
    ));
  }
  expect([status, error]).toEqual(['completed', null]);
  return ids;
}

async function seeQuirk(quirk: RequestQuirk): Promise<{ seen: unknown; requests: number }> {
  const { what, answer, before = [], instructions, settings, wants } = quirk;
  endpoint.answer(what, answer);
  const { threads } = service.openai.beta;
  const thread = await threads.create({ messages: [...before, { role: 'user', content: 'Hi' }] });
  const params = { model: what, ...(instructions !== undefined && { instructions }), ...settings };
  const ids = await run(thread.id, params);
  for (const id of ids) expect(id).toMatch(/^call_[A-Za-z0-9]{24}$/);
  if (what.startsWith('text in each message')) {
    await threads.messages.create(thread.id, { role: 'user', content: 'Hi again' });
    await run(thread.id, params);
  }
  const sent = endpoint.requestsOf(what);
  return { seen: wants(sent.at(-1)!), requests: sent.length };
}

test('each quirk has a name of its own', () => {
  expect(seen.size).toBe(REQUEST_QUIRKS.length);
});

test.each(REQUEST_QUIRKS)('$what → $outcome', async ({ what, toBe, requests }) => {
  const quirk = await seen.get(what)!;
  expect(quirk.seen).toEqual(toBe);
  if (requests !== undefined) expect(quirk.requests).toBe(requests);
});

test('what was found out about a model is known with its next request', async () => {
  const what = 'knows';
  endpoint.answer(what, REQUEST_QUIRKS.find((quirk) => quirk.what === 'no system message')!.answer);
  for (let n = 0; n < 2; n += 1) {
    const thread = await service.openai.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] });
    await run(thread.id, { model: what, instructions: 'Be kind.' });
  }
  expect(endpoint.requestsOf(what)).toHaveLength(3);
});

/** Does a run with these settings; gives what was sent. */
async function sent(model: string, params: object): Promise<RawRequest> {
  const thread = await service.openai.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] });
  await run(thread.id, { model, ...params });
  return endpoint.requestsOf(model).at(-1)!;
}

test('a value that is refused is left out, and another one is not', async () => {
  const model = 'knows values';
  const message =
    "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', and 'high'.";
  endpoint.answer(model, (request) =>
    request.reasoning_effort === 'minimal'
      ? json({ error: { message, param: 'reasoning_effort', code: 'unsupported_value' } }, 400)
      : well('fine'),
  );
  expect((await sent(model, { reasoning_effort: 'minimal' })).reasoning_effort).toBeUndefined();
  expect((await sent(model, { reasoning_effort: 'high' })).reasoning_effort).toBe('high');
});

test.each(['The system is not available right now.', 'Internal error: lambda role could not be assumed'])(
  '500 %s → nothing is learned from it',
  async (message) => {
    endpoint.answer(message, (_request, count) =>
      count === 1 ? { ...json({ error: { message } }, 500), headers: { 'retry-after-ms': '1' } } : well('fine'),
    );
    await sent(message, { instructions: 'Be kind.' });
    const { messages } = await sent(message, { instructions: 'Be kind.' });
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user']);
  },
);

test('a wait that is told in the body of a 429 alone is waited for', async () => {
  const model = 'waits';
  endpoint.answer(model, (_request, count) =>
    count === 1
      ? json([{ error: { code: 429, message: 'quota', details: [{ '@type': 'RetryInfo', retryDelay: '1.4s' }] } }], 429)
      : well('fine'),
  );
  const began = performance.now();
  await sent(model, {});
  expect(performance.now() - began).toBeGreaterThan(1_900);
});

test('an endpoint that refuses one field after the other is asked eleven times, and no more', async () => {
  const model = 'refuses all';
  const fields = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`field_${n}`, n]));
  endpoint.answer(model, (request) => {
    if (request.messages.at(-1)!.role !== 'tool') {
      return stream(
        delta(fields),
        calls({ index: 0, id: 'x', function: { name: 'f', arguments: '{}' } }),
        delta({}, 'tool_calls'),
      );
    }
    const left = Object.keys(request.messages.findLast(({ role }) => role === 'assistant')!).find((name) =>
      name.startsWith('field_'),
    );
    return json({ error: { message: `unknown field ${left}` } }, 400);
  });
  const thread = await service.openai.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] });
  const { runs } = service.openai.beta.threads;
  const { id, required_action: action } = await runs.createAndPoll(thread.id, { assistant_id: assistantId, model });
  const [call] = action!.submit_tool_outputs.tool_calls;
  const ended = await runs.submitToolOutputsAndPoll(id, {
    thread_id: thread.id,
    tool_outputs: [{ tool_call_id: call!.id, output: 'out' }],
  });
  expect(ended.status).toBe('failed');
  expect(endpoint.requestsOf(model)).toHaveLength(1 + 11);
});
