// real Temporal, one process: streams of runs, byte for byte and through the official SDK
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { ScriptedRequest, ScriptedTurn } from 'durable-assistants/scripted-model';
import { startTestService, type TestService } from '../helpers/service.ts';
import { readStream, wholeStream, type SeenEvent } from '../helpers/sse.ts';

const WORDS = 'one two three four five six seven eight';

async function* pieces(...all: string[]): AsyncGenerator<string> {
  yield* all;
}

/** What the model does, by the user's words; each key keeps count of its requests. */
const attempts = new Map<string, number>();
function script(request: ScriptedRequest): ScriptedTurn {
  const words = String(request.messages.findLast((message) => message.role === 'user')?.content);
  const attempt = (attempts.get(words) ?? 0) + 1;
  attempts.set(words, attempt);
  if (request.messages.some((message) => message.role === 'tool')) return { text: 'it is sunny', wordDelayMs: 2 };
  if (words.startsWith('call'))
    return {
      text: 'let me look',
      toolCalls: [
        { name: 'get_weather', arguments: { city: 'Paris' } },
        { name: 'get_weather', arguments: { city: 'Rome' } },
      ],
      wordDelayMs: 2,
    };
  if (words.startsWith('breaks')) return attempt === 1 ? { text: WORDS, wordDelayMs: 10, breakAfterWords: 4 } : { text: 'whole' };
  if (words.startsWith('halves'))
    return {
      text: pieces('so \uD83D', '\uDE00 and \uD83D', '\uDE00', '\uD83D'),
      toolCalls: [{ name: 'get_weather', arguments: '{"a":"😀1234"}' }],
    };
  if (words.startsWith('cut')) return { text: WORDS, finishReason: 'length', wordDelayMs: 2 };
  if (words.startsWith('slow')) return { text: WORDS.repeat(50), wordDelayMs: 20 };
  if (words.startsWith('calm')) return { text: WORDS, wordDelayMs: 60 };
  if (words.startsWith('down')) return { error: { status: 400, body: { error: { message: 'no such model' } } } };
  return { text: WORDS, wordDelayMs: 5 };
}

let service: TestService;
let assistantId: string;
beforeAll(async () => {
  service = await startTestService({ script });
  const weather = { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } };
  assistantId = (await service.openai.beta.assistants.create({ model: 'm', tools: [{ type: 'function', function: weather }] }))
    .id;
});
afterAll(() => service.close());

const send = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${service.service.apiUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const startOn = (content: string, headers: Record<string, string> = {}) =>
  send('/threads/runs', { assistant_id: assistantId, thread: { messages: [{ role: 'user', content }] }, stream: true }, headers);
const streamOf = (run: { id: string; thread_id: string }, headers: Record<string, string> = {}) =>
  fetch(`${service.service.apiUrl}/threads/${run.thread_id}/runs/${run.id}/events`, { headers });
const names = (events: readonly SeenEvent[]) =>
  events.map(({ event }) => event).filter((name, index, all) => !name.endsWith('.delta') || name !== all[index - 1]);
const textOf = (events: readonly SeenEvent[]) =>
  events
    .filter(({ event }) => event === 'thread.message.delta')
    .map(({ data }) => String(data.delta.content[0].text.value))
    .join('');
/** A message from its step's beginning to its last piece; and to its end. */
const SPOKEN = [
  'thread.run.step.created',
  'thread.run.step.in_progress',
  'thread.message.created',
  'thread.message.in_progress',
  'thread.message.delta',
];
const WHOLE_MESSAGE = [...SPOKEN, 'thread.message.completed', 'thread.run.step.completed'];
const runOf = (events: readonly SeenEvent[]): { id: string; thread_id: string } =>
  events.find(({ event }) => event === 'thread.run.created')!.data;

describe('a stream', () => {
  test('plain → the recorded order, one delta a word, and the final message equals GET', async () => {
    const response = await startOn('hello');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = await wholeStream(response);
    expect(names(events)).toEqual([
      'thread.created',
      'thread.run.created',
      'thread.run.queued',
      'thread.run.in_progress',
      ...WHOLE_MESSAGE,
      'thread.run.completed',
      'done',
    ]);
    expect(events.filter(({ event }) => event === 'thread.message.delta')).toHaveLength(8);
    expect(textOf(events)).toBe(WORDS);
    expect(events.every(({ id }) => id === undefined)).toBe(true);
    const run = runOf(events);
    const { data } = await service.openai.beta.threads.messages.list(run.thread_id);
    const { status: _, incomplete_details: _d, incomplete_at: _i, completed_at: _c, ...message } = events.at(-4)!.data;
    expect(message).toEqual(data[0]);
    const final = await service.openai.beta.threads.runs.retrieve(run.id, run);
    expect(events.at(-2)!.data).toEqual({ ...final, tool_resources: { code_interpreter: { file_ids: [] } } });
  });

  test('a model that cuts emoji in two → whole ones in every delta, text and arguments; the last half is U+FFFD', async () => {
    const events = await wholeStream(await startOn('halves'));
    const texts = events.flatMap(({ event, data }) =>
      event === 'thread.message.delta' ? [data.delta.content[0].text.value as string] : [],
    );
    expect(texts).toEqual(['so ', '😀 and ', '😀', '\uFFFD']);
    const json = events.flatMap(({ event, data }) =>
      event === 'thread.run.step.delta' ? [data.delta.step_details.tool_calls[0].function.arguments as string] : [],
    );
    expect(json).toEqual(['', '{"a":"', '😀1234"}']);
    expect(events.at(-2)!.data.required_action.submit_tool_outputs.tool_calls[0].function.arguments).toBe('{"a":"😀1234"}');
    const { data } = await service.openai.beta.threads.messages.list(runOf(events).thread_id);
    expect(data[0]!.content).toMatchObject([{ text: { value: 'so 😀 and 😀\uFFFD' } }]);
  });

  test('words arrive one after another, not at the end', async () => {
    const events = await wholeStream(await startOn('calmly'));
    const deltas = events.filter(({ event }) => event === 'thread.message.delta');
    expect(deltas.at(-1)!.atMs - deltas[0]!.atMs).toBeGreaterThan(150);
  });

  test('calls → text step closed, then the calls in fragments, requires_action, done; submit goes on from the completed step', async () => {
    const events = await wholeStream(await startOn('call please'));
    expect(names(events).slice(4)).toEqual([
      ...WHOLE_MESSAGE,
      'thread.run.step.created',
      'thread.run.step.in_progress',
      'thread.run.step.delta',
      'thread.run.requires_action',
      'done',
    ]);
    const deltas = events.filter(({ event }) => event === 'thread.run.step.delta');
    const calls = deltas.flatMap(({ data }) => data.delta.step_details.tool_calls);
    expect(calls.filter((call) => call.id !== undefined).map(({ index }) => index)).toEqual([0, 1]);
    const run = events.at(-2)!.data;
    const waiting = run.required_action.submit_tool_outputs.tool_calls;
    expect(waiting.map((call: { function: { arguments: string } }) => call.function.arguments)).toEqual([
      '{"city":"Paris"}',
      '{"city":"Rome"}',
    ]);
    const tool_outputs = waiting.map(({ id }: { id: string }) => ({ tool_call_id: id, output: 'sunny' }));
    const path = `/threads/${run.thread_id}/runs/${run.id}/submit_tool_outputs`;
    const rest = await wholeStream(await send(path, { tool_outputs, stream: true }));
    expect(names(rest)).toEqual([
      'thread.run.step.completed',
      'thread.run.queued',
      'thread.run.in_progress',
      ...WHOLE_MESSAGE,
      'thread.run.completed',
      'done',
    ]);
    expect(rest[0]!.data.step_details.tool_calls[1]).toMatchObject({ function: { output: 'sunny' } });
    expect(textOf(rest)).toBe('it is sunny');
    // Both parts together, for whoever comes later.
    const all = await wholeStream(await streamOf(run));
    expect(names(all)).toEqual([...names(events).slice(0, -1), ...names(rest)]);
  });

  test('a model that refuses → failed with its words', async () => {
    const events = await wholeStream(await startOn('down'));
    expect(names(events).slice(-2)).toEqual(['thread.run.failed', 'done']);
    expect(events.at(-2)!.data.last_error.message).toContain('no such model');
  });

  test('an answer cut by its length → message and run incomplete', async () => {
    const events = await wholeStream(await startOn('cut'));
    expect(names(events).slice(-4)).toEqual([
      'thread.message.incomplete',
      'thread.run.step.completed',
      'thread.run.incomplete',
      'done',
    ]);
  });

  test('an answer that breaks off → its part is discarded in the stream, and the next attempt begins anew', async () => {
    const events = await wholeStream(await startOn('breaks off'));
    expect(names(events).slice(4)).toEqual([
      ...SPOKEN,
      'thread.message.incomplete',
      'thread.run.step.failed',
      ...WHOLE_MESSAGE,
      'thread.run.completed',
      'done',
    ]);
    const run = runOf(events);
    const { data } = await service.openai.beta.threads.messages.list(run.thread_id, { run_id: run.id });
    expect(data.map((message) => message.content)).toMatchObject([[{ text: { value: 'whole' } }]]);
    const half = events.find(({ event }) => event === 'thread.message.incomplete')!.data;
    expect(half).toMatchObject({ incomplete_details: { reason: 'run_failed' } });
    const read = await service.openai.beta.threads.messages.retrieve(half.id, run);
    expect(read.content).toEqual(half.content);
    expect(WORDS).toContain(half.content[0].text.value);
  });

  test('a request that is refused is answered as JSON, not as a stream', async () => {
    const response = await send('/threads/runs', { assistant_id: 'asst_none', stream: true });
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8']);
  });
});

describe('cancel', () => {
  test('while the model speaks → cancelled within a second, the partial text stays, incomplete', async () => {
    const events: SeenEvent[] = [];
    let cancelled: Promise<unknown> | undefined;
    let began = 0;
    for await (const event of readStream(await startOn('slow one'))) {
      events.push(event);
      if (event.event !== 'thread.message.delta' || cancelled) continue;
      began = performance.now();
      cancelled = service.openai.beta.threads.runs.cancel(runOf(events).id, runOf(events));
    }
    await cancelled;
    expect(events.at(-2)!.atMs - began).toBeLessThan(1_000);
    // Pieces that were on their way come behind `cancelling`.
    expect(
      names(events)
        .filter((name) => name !== 'thread.message.delta')
        .slice(-5),
    ).toEqual([
      'thread.run.cancelling',
      'thread.message.incomplete',
      'thread.run.step.cancelled',
      'thread.run.cancelled',
      'done',
    ]);
    const message = events.at(-4)!.data;
    expect(message).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'run_cancelled' } });
    expect(message.content[0].text.value).toBe(textOf(events));
    const { data } = await service.openai.beta.threads.messages.list(runOf(events).thread_id);
    expect(data[0]!.content).toEqual(message.content);
  });

  test('of a run that nobody follows → its partial text stays too', async () => {
    const run = await service.openai.beta.threads.createAndRun({
      assistant_id: assistantId,
      thread: { messages: [{ role: 'user', content: 'slow two' }] },
    });
    while (!attempts.has('slow two')) await delay(10);
    await delay(100);
    await service.openai.beta.threads.runs.cancel(run.id, run);
    const final = await service.openai.beta.threads.runs.poll(run.id, run);
    expect(final.status).toBe('cancelled');
    const { data } = await service.openai.beta.threads.messages.list(run.thread_id, { run_id: run.id });
    expect(JSON.stringify(data[0]!.content)).toContain('one two');
  });
});

test('expiry while the model speaks → expired at once, the partial text stays', async () => {
  const shortLived = await startTestService({ script, settings: { RUN_EXPIRES_AFTER: '3' } });
  try {
    const assistant = await shortLived.openai.beta.assistants.create({ model: 'm' });
    const thread = { messages: [{ role: 'user' as const, content: 'slow and late' }] };
    const stream = await shortLived.openai.beta.threads.createAndRun({ assistant_id: assistant.id, thread, stream: true });
    const seen: string[] = [];
    for await (const event of stream) {
      seen.push(event.event);
      if (event.event === 'thread.message.incomplete') {
        expect(event.data.incomplete_details).toEqual({ reason: 'run_expired' });
        expect(JSON.stringify(event.data.content)).toContain('one two three');
      }
    }
    expect(seen.slice(-3)).toEqual(['thread.message.incomplete', 'thread.run.step.expired', 'thread.run.expired']);
  } finally {
    await shortLived.close();
  }
});

describe('a reader that comes back', () => {
  test('from every event on → what is left, to the byte', async () => {
    const response = await startOn('hello', { 'idempotency-key': 'again' });
    const whole = await wholeStream(response);
    expect(whole.slice(0, -1).map(({ id }) => Number(id))).toEqual(whole.slice(0, -1).map((_, index) => index + 1));
    const strip = (events: readonly SeenEvent[]) => events.map(({ event, data, id }) => [event, id, data]);
    for (const [index, { id }] of whole.slice(0, -1).entries()) {
      const resumed = await wholeStream(await streamOf(runOf(whole), { 'last-event-id': id! }));
      expect(strip(resumed)).toEqual(strip(whole.slice(index + 1)));
      const repeated = await wholeStream(await startOn('hello', { 'idempotency-key': 'again', 'last-event-id': id! }));
      expect(strip(repeated)).toEqual(strip(whole.slice(index + 1)));
    }
    expect(attempts.get('hello')).toBeGreaterThanOrEqual(1);
  });

  test('dropped at each event while the run goes on → nothing lost, nothing doubled', async () => {
    const seen: SeenEvent[] = [];
    const started = await startOn('hello from afar', { 'last-event-id': '0' });
    for await (const event of readStream(started)) {
      seen.push(event);
      if (event.event === 'thread.run.created') break;
    }
    const run = runOf(seen);
    while (seen.at(-1)!.event !== 'done') {
      for await (const event of readStream(await streamOf(run, { 'last-event-id': seen.at(-1)!.id! }))) {
        seen.push(event);
        break;
      }
    }
    expect(seen.slice(0, -1).map(({ id }) => Number(id))).toEqual(seen.slice(0, -1).map((_, index) => index + 1));
    expect(textOf(seen)).toBe(WORDS);
  });

  test.each(['x', '-1', '1.5', '999'])('Last-Event-ID %s → 400', async (id) => {
    const run = await service.openai.beta.threads.createAndRunPoll({
      assistant_id: assistantId,
      thread: { messages: [{ role: 'user', content: 'hello' }] },
    });
    const response = await streamOf(run, { 'last-event-id': id });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'Last-Event-ID', code: 'invalid_value' } });
  });

  test.each([
    ['that is no number', 'x', {}, 'invalid_value'],
    ['without a key', '5', {}, 'missing_idempotency_key'],
    ['with a key that nobody knows', '5', { 'idempotency-key': 'unknown' }, 'idempotency_key_unknown'],
  ])('a POST with a number %s → 400, and no run', async (_, id, headers, code) => {
    const thread = await service.openai.beta.threads.create({ messages: [{ role: 'user', content: 'hello' }] });
    const body = { assistant_id: assistantId, stream: true };
    const response = await send(`/threads/${thread.id}/runs`, body, { 'last-event-id': id, ...headers });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code } }]);
    expect((await service.openai.beta.threads.runs.list(thread.id)).data).toEqual([]);
  });

  test('a POST that is repeated with a number to come → 400', async () => {
    const key = { 'idempotency-key': 'to come' };
    await wholeStream(await startOn('hello', key));
    const response = await startOn('hello', { ...key, 'last-event-id': '7000' });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: 'invalid_value' } }]);
  });

  test('outputs with a number that is wrong → 400, and the run waits on', async () => {
    const run = (await wholeStream(await startOn('call me'))).at(-2)!.data;
    const tool_outputs = run.required_action.submit_tool_outputs.tool_calls.map(({ id }: { id: string }) => ({
      tool_call_id: id,
      output: 'x',
    }));
    const path = `/threads/${run.thread_id}/runs/${run.id}/submit_tool_outputs`;
    expect((await send(path, { tool_outputs, stream: true }, { 'last-event-id': 'x' })).status).toBe(400);
    expect((await service.openai.beta.threads.runs.retrieve(run.id, run)).status).toBe('requires_action');
  });

  test('a run that nobody streamed can be followed while it runs, word by word from then on', async () => {
    const run = await service.openai.beta.threads.createAndRun({
      assistant_id: assistantId,
      thread: { messages: [{ role: 'user', content: 'slow three' }] },
    });
    const deltas: SeenEvent[] = [];
    for await (const event of readStream(await streamOf(run))) {
      if (event.event === 'thread.message.delta') deltas.push(event);
      if (deltas.length === 20) break;
    }
    await service.openai.beta.threads.runs.cancel(run.id, run);
    expect(deltas.slice(5).every(({ data }) => String(data.delta.content[0].text.value).trim().split(' ').length === 1)).toBe(
      true,
    );
  });

  test('an unknown run → 404', async () => {
    expect((await streamOf({ thread_id: 'thread_none', id: 'run_none' })).status).toBe(404);
  });
});

describe('the official SDK’s stream', () => {
  test('all events of a plain run', async () => {
    const thread = await service.openai.beta.threads.create({ messages: [{ role: 'user', content: 'hello' }] });
    const heard = new Map<string, number>();
    const hear = (name: string) => () => void heard.set(name, (heard.get(name) ?? 0) + 1);
    const stream = service.openai.beta.threads.runs.stream(thread.id, { assistant_id: assistantId });
    for (const name of ['messageCreated', 'messageDelta', 'messageDone', 'runStepCreated', 'runStepDone'] as const) {
      stream.on(name, hear(name));
    }
    stream.on('textCreated', hear('textCreated')).on('textDelta', hear('textDelta')).on('textDone', hear('textDone'));
    expect((await stream.finalRun()).status).toBe('completed');
    expect(Object.fromEntries(heard)).toEqual({
      messageCreated: 1,
      messageDelta: 8,
      messageDone: 1,
      runStepCreated: 1,
      runStepDone: 1,
      textCreated: 1,
      textDelta: 8,
      textDone: 1,
    });
    const [message] = await stream.finalMessages();
    expect(message!.content).toMatchObject([{ text: { value: WORDS } }]);
  });

  test('a tool round, by submitToolOutputsStream', async () => {
    const thread = await service.openai.beta.threads.create({ messages: [{ role: 'user', content: 'call' }] });
    const stream = service.openai.beta.threads.runs.stream(thread.id, { assistant_id: assistantId });
    const done: string[] = [];
    stream.on('toolCallDone', (call) => void done.push(call.type === 'function' ? call.function.arguments : call.type));
    const run = await stream.finalRun();
    expect(done).toEqual(['{"city":"Paris"}', '{"city":"Rome"}']);
    const tool_outputs = run.required_action!.submit_tool_outputs.tool_calls.map(({ id }) => ({ tool_call_id: id, output: 'x' }));
    const rest = service.openai.beta.threads.runs.submitToolOutputsStream(run.id, { thread_id: thread.id, tool_outputs });
    let text = '';
    rest.on('textDelta', ({ value }) => void (text += value));
    expect((await rest.finalRun()).status).toBe('completed');
    expect(text).toBe('it is sunny');
  });
});
