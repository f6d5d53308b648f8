// real Temporal, one process: what endpoints want to be sent, on the wire
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestService, type TestService } from '../../helpers/service.ts';
import { RawEndpoint } from './raw-endpoint.ts';
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
  if (what.includes('without text')) {
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
