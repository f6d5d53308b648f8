// the packed package in an empty project, started as its users start it
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import OpenAI from 'openai';
import { startScriptedModel } from 'durable-assistants/scripted-model';
import { identify, isAlive, type ProcessIdentity } from '../../embedded/temporal/process-identity.ts';
import { commandThere, endDev, runThere, startDev, type RunningDev } from '../helpers/installed-package.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let directory: string;
let dev: RunningDev;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'durable-assistants-installed-'));
  dev = await startDev(directory);
}, 90_000);
afterAll(async () => {
  await endDev(dev);
  await rm(directory, { recursive: true, force: true });
});

const temporalOf = async (dataDirectory: string): Promise<ProcessIdentity> =>
  JSON.parse(await readFile(join(dataDirectory, 'temporal/temporal.pid'), 'utf8')) as ProcessIdentity;

const program = (name: string, settings: Record<string, string> = {}) =>
  runThere(process.execPath, [name], {
    BASE_URL: dev.place.apiUrl,
    TEMPORAL_ADDRESS: dev.place.temporalAddress,
    ...settings,
  });
const command = (args: string[], settings: Record<string, string> = {}) =>
  runThere(commandThere, args, { DATA_DIR: directory, ...settings });

test('a tool round by the SDK', async () => {
  expect(await program('sdk-round.mjs')).toEqual({
    code: 0,
    output: 'completed [scripted model] The tools say: ORD001 has been shipped\n',
  });
});

test('createWorker and AssistantsPlugin do orchestrated runs; stack traces of workflows name files of the package', async () => {
  const { code, output } = await program('own-worker.mjs');
  const lines = output.split('\n').filter((line) => /^(by-|breaks|stack)/.test(line));
  expect({ code, lines, ...(code !== 0 && { output }) }).toEqual({
    code: 0,
    lines: [
      'by-create-worker completed [scripted model] The tools say: ORD001 has been shipped',
      'by-plugin completed [scripted model] The tools say: ORD001 has been shipped',
      'breaks ToolFailed true null',
      expect.stringMatching(/^stack +at .*\(durable-assistants\/dist\/workflows\/orchestrate-run\/[\w-]+\.js:\d+:\d+\)$/),
    ],
  });
}, 120_000);

test.each([
  [['--version'], /^\d+\.\d+\.\d+\n$/],
  [['--help'], /Usage: durable-assistants/],
  [['doctor'], /Nothing is in the way of a run\./],
  [['dev', '--print-config'], /"apiKeys": \[\]/],
  [['runs', 'list'], /completed +assistants-/],
  [['approvals'], /./],
] as [string[], RegExp][])('the command %j', async (args, expected) => {
  const { code, output } = await command(args);
  expect(output).toMatch(expected);
  expect({ code, output }).toMatchObject({ code: 0 });
});

test('the commands worker --tools and run do a run together', async () => {
  const openai = new OpenAI({ baseURL: dev.place.apiUrl, apiKey: 'none' });
  const parameters = { type: 'object', properties: { order_id: { type: 'string' } }, required: ['order_id'] };
  const { id } = await openai.beta.assistants.create({
    model: 'm',
    tools: [{ type: 'function', function: { name: 'look_up_order', parameters } }],
  });
  const worker = runThere('timeout', ['--signal=TERM', '20', commandThere, 'worker', '--tools', 'tools.mjs'], {
    DATA_DIR: directory,
  });
  const { code, output } = await command(['run', 'Where is ORD001?', '--assistant', id]);
  expect(output).toContain('[scripted model] The tools say: ORD001 has been shipped');
  expect(code).toBe(0);
  expect((await worker).output).toContain('tools: look_up_order');
}, 90_000);

test('killed with SIGKILL in the middle of a run, and started again: the run ends once, and Temporal was not left behind', async () => {
  const own = await mkdtemp(join(tmpdir(), 'durable-assistants-killed-'));
  const model = await startScriptedModel({ script: () => ({ text: 'It goes on.', delayMs: 1_500 }) });
  try {
    const first = await startDev(own, { MODEL_BASE_URL: model.baseUrl });
    const temporal = await temporalOf(own);
    const openai = new OpenAI({ baseURL: first.place.apiUrl, apiKey: 'none' });
    const assistant = await openai.beta.assistants.create({ model: 'm' });
    const messages = [{ role: 'user' as const, content: 'Go on.' }];
    const run = await openai.beta.threads.createAndRun({ assistant_id: assistant.id, thread: { messages } });
    await waitUntil('the model call', async () => model.requests.length > 0);
    await endDev(first, 'SIGKILL');
    await waitUntil('the end of Temporal', async () => !(await isAlive(temporal)), 5_000);

    const second = await startDev(own, { MODEL_BASE_URL: model.baseUrl });
    const after = new OpenAI({ baseURL: second.place.apiUrl, apiKey: 'none' });
    const ended = await after.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    expect(ended.status).toBe('completed');
    const { data } = await after.beta.threads.messages.list(run.thread_id);
    expect(data.map(({ role }) => role)).toEqual(['assistant', 'user']);
    expect(await endDev(second)).toBe(0);
  } finally {
    await model.close();
    await rm(own, { recursive: true, force: true });
  }
}, 120_000);

test.each([
  ['SIGTERM', ['SIGTERM'], 0],
  ['one Ctrl-C, of which npm hands on a second SIGINT', ['SIGINT', 'SIGINT'], 0],
] as [string, NodeJS.Signals[], number][])(
  '%s ends dev in order, and its Temporal with it',
  async (_what, signals, code) => {
    const own = await mkdtemp(join(tmpdir(), 'durable-assistants-ends-'));
    const started = await startDev(own);
    const temporal = await temporalOf(own);
    expect(await identify(temporal.pid)).toEqual(temporal);
    const ended = once(started.process, 'exit');
    for (const signal of signals) started.process.kill(signal);
    expect((await ended)[0]).toBe(code);
    expect(await isAlive(temporal)).toBe(false);
    await rm(own, { recursive: true, force: true });
  },
  90_000,
);

test('a second Ctrl-C, later, ends dev at once while a run is under way, and its Temporal with it', async () => {
  const own = await mkdtemp(join(tmpdir(), 'durable-assistants-ends-'));
  const model = await startScriptedModel({ script: () => ({ text: 'late', delayMs: 20_000 }) });
  const started = await startDev(own, { MODEL_BASE_URL: model.baseUrl, SHUTDOWN_GRACE: '30' });
  const openai = new OpenAI({ baseURL: started.place.apiUrl, apiKey: 'none' });
  const assistant = await openai.beta.assistants.create({ model: 'm' });
  await openai.beta.threads.createAndRun({ assistant_id: assistant.id, thread: { messages: [{ role: 'user', content: 'Hi' }] } });
  await waitUntil('the model call', async () => model.requests.length > 0);
  const temporal = await temporalOf(own);
  const ended = once(started.process, 'exit');
  started.process.kill('SIGINT');
  await delay(1_200);
  expect(started.process.exitCode).toBeNull();
  started.process.kill('SIGINT');
  expect((await ended)[0]).toBe(130);
  await waitUntil('the end of Temporal', async () => !(await isAlive(temporal)), 1_000);
  await model.close();
  await rm(own, { recursive: true, force: true });
}, 90_000);
