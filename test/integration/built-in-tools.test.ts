// real Temporal, real HTTP, with a tool of the tests' own in the place of the code interpreter
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import pino from 'pino';
import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { BuiltInTool } from '../../activities/execute-run/built-in-tools.ts';
import type { BuiltInToolCall, BuiltInToolResult } from '../../domain/tool-call.ts';
import { installRuntime } from '../../operations/log.ts';
import { startApi, type RunningApi } from '../../programs/api.ts';
import { readConfig } from '../../programs/config.ts';
import type { RunningWorker } from '../../programs/running-worker.ts';
import { startServerWorker } from '../../programs/server-worker.ts';
import { createChatCompletionsProvider } from '../../providers/model/chat-completions.ts';
import { startScriptedModel, type ScriptedModel, type ScriptedRequest } from '../../providers/model/scripted/index.ts';
import type { AssistantTool } from '../../schemas/tools.ts';
import { createAssistant } from '../../store/assistants.ts';
import { listAttempts } from '../../store/runs/attempts.ts';
import { claimBuiltInCall, finishBuiltInCall } from '../../store/turns/built-in-call.ts';
import { clientConverter } from '../../temporal/converters/client-converter.ts';
import { connectNative, temporalTarget } from '../../temporal/native-connection.ts';
import { inWhole } from '../helpers/extent.ts';
import { call, modelScript, playModelScript } from '../helpers/model-script.ts';
import { wholeStream } from '../helpers/sse.ts';
import { openTestStore, type TestStore } from '../helpers/store.ts';
import { takeNamespace } from '../helpers/temporal/shared-server.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const CODE: AssistantTool = { type: 'code_interpreter' };
const functionTool = (name: string): AssistantTool => ({ type: 'function', function: { name } });

let fixture: TestStore;
let model: ScriptedModel;
let connection: NativeConnection;
let worker: RunningWorker;
let api: RunningApi;
let openai: OpenAI;
/** What the tool does with a call; a test may replace it. */
let execute: BuiltInTool['execute'];

const result = (called: BuiltInToolCall, output: string): BuiltInToolResult => {
  const input = JSON.parse(called.function.arguments).code as string;
  return {
    output,
    stepCall: {
      id: called.id,
      type: 'code_interpreter',
      code_interpreter: { input, outputs: [{ type: 'logs', logs: output }] },
    },
  };
};
const upperCase: BuiltInTool['execute'] = async (called) =>
  result(called, (JSON.parse(called.function.arguments).code as string).toUpperCase());
const upper = (code: string, name = 'run_code') => call(name, { code });

beforeAll(async () => {
  fixture = await openTestStore();
  model = await startScriptedModel({ script: playModelScript });
  const log = pino({ level: 'silent' });
  installRuntime(log, null);
  const { address, namespace } = await takeNamespace();
  process.env['TEMPORAL_NAMESPACE'] = namespace;
  connection = await connectNative(temporalTarget(address));
  const client = new Client({ connection, namespace, dataConverter: clientConverter });
  const config = readConfig({ PORT: '0' });
  const tool: BuiltInTool = { definition: { name: 'run_code' }, execute: (...args) => execute(...args) };
  worker = await startServerWorker({
    config,
    store: fixture.store,
    model: createChatCompletionsProvider({ baseUrl: model.baseUrl, apiKey: 'none' }),
    connection,
    namespace,
    builtInTools: new Map([['code_interpreter', tool]]),
    graceMs: 200,
  });
  api = await startApi({
    config,
    store: fixture.store,
    temporal: { client, address },
    log,
    passThrough: null,
    readiness: async () => [],
    graceMs: 200,
  });
  openai = new OpenAI({ baseURL: api.url, apiKey: 'none', maxRetries: 0 });
});

afterEach(() => {
  execute = upperCase;
});

afterAll(async () => {
  await api.close();
  await worker.close();
  await connection.close();
  await model.close();
  await fixture.close();
});

execute = upperCase;

/** Not through the API, which refuses assistants with these tools. */
const assistantWith = async (...tools: AssistantTool[]) => (await createAssistant(fixture.context, { model: 'm', tools })).id;

const question = (words: string) => ({ messages: [{ role: 'user' as const, content: words }] });

async function streamed(assistantId: string, words: string) {
  const response = await fetch(`${api.url}/threads/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ assistant_id: assistantId, thread: question(words), stream: true }),
  });
  return wholeStream(response);
}

const lastRequest = (): ScriptedRequest => model.requests.at(-1)!;

test('a call of a built-in tool is a step with its results, which the model is told before it answers', async () => {
  const assistantId = await assistantWith(CODE);
  const events = await streamed(assistantId, modelScript(upper('abc')));
  const run = events.find(({ event }) => event === 'thread.run.completed')!.data;
  expect(events.map(({ event }) => event).filter((name) => !name.startsWith('thread.message.'))).toEqual([
    'thread.created',
    'thread.run.created',
    'thread.run.queued',
    'thread.run.in_progress',
    'thread.run.step.created',
    'thread.run.step.in_progress',
    'thread.run.step.delta',
    'thread.run.step.delta',
    'thread.run.step.completed',
    'thread.run.step.created',
    'thread.run.step.in_progress',
    'thread.run.step.completed',
    'thread.run.completed',
    'done',
  ]);
  const { data: steps } = await openai.beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id, order: 'asc' });
  expect(steps.map(({ status, step_details: details }) => [status, details])).toEqual([
    [
      'completed',
      {
        type: 'tool_calls',
        tool_calls: [
          {
            id: expect.stringMatching(/^call_/),
            type: 'code_interpreter',
            code_interpreter: { input: 'abc', outputs: [{ type: 'logs', logs: 'ABC' }] },
          },
        ],
      },
    ],
    ['completed', { type: 'message_creation', message_creation: { message_id: expect.any(String) } }],
  ]);
  const request = lastRequest();
  expect(request.tools!.map(({ function: { name } }) => name)).toEqual(['run_code']);
  expect(request.messages.at(-1)).toMatchObject({ role: 'tool', content: 'ABC' });
  const total = steps.reduce((sum, { usage }) => sum + (usage?.total_tokens ?? 0), 0);
  expect(total).toBe(run.usage.total_tokens);
});

test('a turn with code, a function and code: the code in order, each step closed before the next, then requires_action', async () => {
  const assistantId = await assistantWith(CODE, functionTool('ask'));
  const turn = { toolCalls: [upper('a'), call('ask', { x: 1 }), upper('b')].flatMap(({ toolCalls = [] }) => toolCalls) };
  const events = await streamed(assistantId, modelScript(turn));
  const opened: string[] = [];
  for (const { event, data } of events) {
    if (event === 'thread.run.step.created') expect(opened.push(data.id)).toBe(1);
    if (event === 'thread.run.step.completed') expect(opened.shift()).toBe(data.id);
  }
  const waiting = events.find(({ event }) => event === 'thread.run.requires_action')!.data;
  expect(opened).toHaveLength(1);
  const [asked] = waiting.required_action.submit_tool_outputs.tool_calls;
  expect(waiting.required_action.submit_tool_outputs.tool_calls).toHaveLength(1);
  expect(asked).toMatchObject({ type: 'function', function: { name: 'ask', arguments: '{"x":1}' } });
  const run = await openai.beta.threads.runs.submitToolOutputsAndPoll(waiting.id, {
    thread_id: waiting.thread_id,
    tool_outputs: [{ tool_call_id: asked.id, output: 'yes' }],
  });
  expect(run.status).toBe('completed');
  expect(lastRequest().messages.slice(-3)).toMatchObject([
    { role: 'tool', content: 'A' },
    { role: 'tool', content: 'yes' },
    { role: 'tool', content: 'B' },
  ]);
});

test('only a function is called in a run with a built-in tool: as in any other run', async () => {
  const assistantId = await assistantWith(CODE, functionTool('ask'));
  const events = await streamed(assistantId, modelScript(call('ask', { x: 1 })));
  const { data } = events.find(({ event }) => event === 'thread.run.requires_action')!;
  expect(data.required_action.submit_tool_outputs.tool_calls).toMatchObject([
    { type: 'function', function: { name: 'ask', arguments: '{"x":1}' } },
  ]);
  const deltas = events.filter(({ event }) => event === 'thread.run.step.delta');
  expect(deltas.map((delta) => delta.data.delta.step_details.tool_calls[0].function.arguments).join('')).toBe('{"x":1}');
});

test("a function with the tool's own name: the model is offered the tool by another name", async () => {
  const assistantId = await assistantWith(functionTool('run_code'), CODE);
  const run = await openai.beta.threads.createAndRunPoll({
    assistant_id: assistantId,
    thread: question(modelScript(upper('x', 'run_code_'))),
    tool_choice: 'auto',
  });
  expect(run.status).toBe('completed');
  expect(lastRequest().tools!.map(({ function: { name } }) => name)).toEqual(['run_code', 'run_code_']);
});

test('a tool that throws is tried again; each attempt is a row of the timeline', async () => {
  let thrown = 0;
  execute = async (...args) => {
    thrown += 1;
    if (thrown < 3) throw new Error('not now \0\ud83d');
    return upperCase(...args);
  };
  const assistantId = await assistantWith(CODE);
  const run = await openai.beta.threads.createAndRunPoll({
    assistant_id: assistantId,
    thread: question(modelScript(upper('q'))),
  });
  expect(run.status).toBe('completed');
  const attempts = await listAttempts(fixture.context, run.id);
  expect(attempts.map(({ turn, call_id: id, outcome }) => [turn, id === null, outcome])).toEqual([
    [0, true, 'finished'],
    [0, false, 'failed'],
    [0, false, 'failed'],
    [0, false, 'finished'],
    [1, true, 'finished'],
  ]);
  expect(attempts[1]).toMatchObject({ error: 'not now \uFFFD\uFFFD' });
  for (const { began_at: began, ended_at: ended } of attempts) expect(ended!.getTime()).toBeGreaterThanOrEqual(began.getTime());
});

test('a cancel aborts the call; the run is cancelled, and so is its step', async () => {
  const aborted = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  execute = (_called, { signal }) => {
    begun.resolve();
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted.resolve();
        reject(new Error('aborted'));
      });
    });
  };
  const assistantId = await assistantWith(CODE);
  const run = await openai.beta.threads.createAndRun({ assistant_id: assistantId, thread: question(modelScript(upper('q'))) });
  await begun.promise;
  await openai.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
  await aborted.promise;
  const cancelled = await waitUntil('the end', async () => {
    const read = await openai.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id });
    return read.status === 'cancelled' ? read : null;
  });
  const { data: steps } = await openai.beta.threads.runs.steps.list(cancelled.id, { thread_id: run.thread_id });
  expect(steps.map(({ status }) => status)).toEqual(['cancelled']);
  expect((await listAttempts(fixture.context, run.id)).map(({ outcome }) => outcome)).toEqual(['finished', 'cancelled']);
});

test('a tool that the worker does not have is not offered to the model', async () => {
  const assistantId = await assistantWith({ type: 'file_search' });
  const run = await openai.beta.threads.createAndRunPoll({ assistant_id: assistantId, thread: question('hello') });
  expect(run.status).toBe('completed');
  expect(lastRequest().tools ?? []).toEqual([]);
});

inWhole('a tool that never works fails the run, in words', async () => {
  execute = async () => {
    throw new Error('a secret');
  };
  const assistantId = await assistantWith(CODE);
  const run = await openai.beta.threads.createAndRunPoll({
    assistant_id: assistantId,
    thread: question(modelScript(upper('q'))),
  });
  expect(run).toMatchObject({
    status: 'failed',
    last_error: { code: 'server_error', message: "The tool 'code_interpreter' could not be used (after 5 attempts)." },
  });
});

test('a call whose worker is lost is carried out again, and the lost attempt writes nothing any more', async () => {
  const begun = Promise.withResolvers<BuiltInToolCall>();
  const release = Promise.withResolvers<void>();
  execute = async (called, context) => {
    begun.resolve(called);
    await release.promise;
    return upperCase(called, context);
  };
  const assistantId = await assistantWith(CODE);
  const run = await openai.beta.threads.createAndRun({ assistant_id: assistantId, thread: question(modelScript(upper('q'))) });
  const called = await begun.promise;
  // As another worker does once Temporal misses the heartbeats of the first.
  const second = await claimBuiltInCall(fixture.context, run.id, called.id);
  if (second.next !== 'claimed') throw new Error(`not claimed: ${JSON.stringify(second)}`);
  expect(await finishBuiltInCall(fixture.context, second.claim, result(called, 'SECOND'))).toEqual({ next: 'turn' });
  release.resolve();
  const ended = await openai.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
  expect(ended.status).toBe('completed');
  expect(lastRequest().messages.at(-1)).toMatchObject({ role: 'tool', content: 'SECOND' });
  expect((await listAttempts(fixture.context, run.id)).map(({ outcome }) => outcome)).toEqual([
    'finished',
    'lost',
    'finished',
    'finished',
  ]);
});
