// real Temporal, one process: calls that wait for people
import { beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { AssistantRunError, DecisionError, formatProgress, RunNotFoundError, type AssistantRun } from 'durable-assistants/client';
import { defineTool, type Tool } from 'durable-assistants/tools';
import { provideTemporal } from '../../embedded/temporal/provide.ts';
import { call, modelScript, playModelScript } from '../helpers/model-script.ts';
import { withService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { inWhole } from '../helpers/extent.ts';

const refunds: number[] = [];

const tools: Tool[] = [
  defineTool({
    name: 'refund',
    parameters: z.object({ amount: z.number(), card: z.string().default('none') }),
    approval: ({ amount }) => amount > 100,
    secrets: ['card'],
    execute: ({ amount }) => {
      refunds.push(amount);
      return `refunded ${amount}`;
    },
  }),
  defineTool({ name: 'always', parameters: z.object({}), approval: true, execute: () => 'done' }),
  defineTool({ name: 'briefly', parameters: z.object({}), approval: { expiresAfter: 300 }, execute: () => 'done' }),
  defineTool({
    name: 'doubtful',
    parameters: z.object({}),
    approval: () => {
      throw new Error('the rules are out of order');
    },
    execute: () => 'done',
  }),
  defineTool({ name: 'ask_expert', parameters: z.object({ question: z.string() }), external: true }),
];

let assistantId: string;

/** Somebody else ends its run while people are waited for; looked at by the last test, as it takes half a minute. */
let abandoned: AssistantRun;

const service = withService({ script: playModelScript, tools });
beforeAll(async () => {
  assistantId = await service.assistantWith(tools);
  abandoned = await start(modelScript(call('always', {})));
  await waitingFor(abandoned);
  const { threadId, runId } = await abandoned.status();
  await service.openai.beta.threads.runs.cancel(runId!, { thread_id: threadId! });
});

const start = (message: string, options: { expiresAfter?: number; deadline?: number } = {}): Promise<AssistantRun> =>
  service.assistants.start({ assistantId, message, ...options });

/** The run, once so many calls of it wait. */
async function waitingFor(run: AssistantRun, count = 1) {
  return waitUntil('calls that wait', async () => {
    const calls = await run.waiting();
    return calls.length === count ? calls : null;
  });
}

test('approved → the tool is called, and the result says by whom', async () => {
  const run = await start(modelScript(call('refund', { amount: 500, card: '4111' })));
  const [waiting] = await waitingFor(run);
  expect(waiting).toMatchObject({
    tool: 'refund',
    kind: 'approval',
    summary: 'refund({"amount":500,"card":"***"})',
    arguments: '{"amount":500,"card":"***"}',
  });
  // 600 s, less what the model needs to hear of it.
  expect(waiting!.expiresAtMs! - waiting!.sinceMs).toBeGreaterThan(580_000);
  expect(waiting!.expiresAtMs! - waiting!.sinceMs).toBeLessThanOrEqual(585_000);
  expect(refunds).toEqual([]);
  expect(await run.approve({ by: 'ann' })).toEqual({ callId: waiting!.callId, tool: 'refund', decision: 'approved' });
  const result = await run.result();
  expect(result.reply?.text).toBe('refunded 500');
  expect(result.toolCalls).toMatchObject([{ name: 'refund', outcome: 'completed', by: 'ann' }]);
  expect(refunds).toEqual([500]);
});

test('arguments that need no approval → called at once', async () => {
  const result = await (await start(modelScript(call('refund', { amount: 5 })))).result();
  expect(result.toolCalls).toMatchObject([{ outcome: 'completed' }]);
  expect(result.toolCalls[0]).not.toHaveProperty('by');
});

test('a rule that throws → the call waits for approval', async () => {
  const run = await start(modelScript(call('doubtful')));
  await waitingFor(run);
  await run.approve({ by: 'ann' });
  expect((await run.result()).reply?.text).toBe('done');
});

test('rejected → not called, and the model is told why', async () => {
  const before = refunds.length;
  const run = await start(modelScript(call('refund', { amount: 900 })));
  await waitingFor(run);
  await run.reject({ by: 'bob', reason: 'too much' });
  const result = await run.result();
  expect(result.reply?.text).toContain('A person rejected this call; it was not made. Reason: too much');
  expect(result.toolCalls).toMatchObject([{ outcome: 'rejected', by: 'bob' }]);
  expect(refunds).toHaveLength(before);
});

test('an external tool → its output is what somebody answers, a JSON value too', async () => {
  const run = await start(
    modelScript({ toolCalls: [1, 2].map((question) => ({ name: 'ask_expert', arguments: { question: `${question}?` } })) }),
  );
  const [first, second] = await waitingFor(run, 2);
  await run.answer({ callId: first!.callId, by: 'eve', output: 'forty-two' });
  await run.answer({ callId: second!.callId, by: 'system', output: { answer: 2 } });
  const result = await run.result();
  expect(result.reply?.text).toBe('forty-two | {"answer":2}');
  expect(result.toolCalls).toMatchObject([
    { outcome: 'answered', by: 'eve' },
    { outcome: 'answered', by: 'system' },
  ]);
});

test('nobody comes in time → the model is told, and the run goes on', async () => {
  const result = await (await start(modelScript(call('briefly')))).result();
  expect(result.reply?.text).toContain('Nobody approved this call in time');
  expect(result.toolCalls).toMatchObject([{ outcome: 'not_decided' }]);
});

test('a run that ends soon → the wait ends before it does', async () => {
  const run = await start(modelScript(call('always')), { expiresAfter: 5_000 });
  const result = await run.result();
  expect(result.status).toBe('completed');
  expect(result.reply?.text).toContain('Nobody approved this call in time');
});

test('a run that was given 30 days waits for them', async () => {
  const run = await start(modelScript(call('always')), { expiresAfter: 30 * 86_400_000 });
  const [waiting] = await waitingFor(run);
  expect(waiting!.expiresAtMs! - waiting!.sinceMs).toBeGreaterThan(29 * 86_400_000);
  const { threadId, runId } = await run.status();
  const wire = await service.openai.beta.threads.runs.retrieve(runId!, { thread_id: threadId! });
  expect(wire.expires_at! - wire.created_at).toBe(30 * 86_400);
  await run.approve({ by: 'ann' });
  expect((await run.result()).reply?.text).toBe('done');
});

test('what waits is listed across runs, with its run and its age', async () => {
  const runs = await Promise.all([
    start(modelScript(call('always'))),
    start(modelScript(call('refund', { amount: 300, card: '4111' }))),
  ]);
  for (const run of runs) await waitingFor(run);
  const mine = new Set(runs.map(({ workflowId }) => workflowId));
  const listed = await waitUntil('both in the list', async () => {
    const found = [];
    for await (const waiting of service.assistants.waiting()) if (mine.has(waiting.workflowId)) found.push(waiting);
    return found.length === 2 ? found : null;
  });
  expect(listed.map(({ summary }) => summary).toSorted()).toEqual(['always({})', 'refund({"amount":300,"card":"***"})']);
  for (const waiting of listed) {
    expect(waiting.runId).toMatch(/^run_/);
    expect(Date.now() - waiting.sinceMs).toBeLessThan(60_000);
  }
  const inList = await service.assistants.list({ status: 'running' });
  for (const workflowId of mine) {
    expect(inList.find((run) => run.workflowId === workflowId)).toMatchObject({ waiting: 1, runStatus: 'waiting_for_people' });
  }
  for (const run of runs) await run.approve({ by: 'ann' });
  for (const run of runs) await run.result();
});

test('decisions from the Temporal CLI', async () => {
  const run = await start(modelScript(call('always')));
  await waitingFor(run);
  const temporal = await provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'] });
  const update = ['workflow', 'update', 'execute', '--workflow-id', run.workflowId, '--name', 'approve'];
  await promisify(execFile)(temporal, [
    ...update,
    '--input',
    JSON.stringify({ by: 'operator' }),
    '--address',
    service.service.temporalAddress,
    '--namespace',
    service.namespace,
  ]);
  expect((await run.result()).toolCalls).toMatchObject([{ by: 'operator' }]);
});

test('a cancel while people are waited for ends the remote run', async () => {
  const run = await start(modelScript(call('always')));
  await waitingFor(run);
  const { threadId, runId } = await run.status();
  await run.cancel();
  await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled', runId });
  const wire = await service.openai.beta.threads.runs.retrieve(runId!, { thread_id: threadId! });
  expect(wire.status).toBe('cancelled');
});

test('wrong decisions → errors that say what to do, and the call still waits', async () => {
  const run = await start(
    modelScript({ toolCalls: ['always', 'ask_expert'].map((name) => ({ name, arguments: { question: '?' } })) }),
  );
  const calls = await waitingFor(run, 2);
  const [approval, external] = calls.toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
  const wrong: [Promise<unknown>, string, string][] = [
    [run.approve({ by: 'ann' }), 'InvalidDecision', 'Several calls wait; say which one as callId'],
    [run.approve({ by: '', callId: approval!.callId }), 'InvalidDecision', 'Say who decides'],
    [run.approve(undefined as never), 'InvalidDecision', 'Say who decides'],
    [run.approve({ by: 'ann', callId: 'call_none' }), 'NotWaiting', 'Waiting now: call_'],
    [run.approve({ by: 'ann', callId: external!.callId }), 'InvalidDecision', 'Use answer'],
    [run.reject({ by: 'ann', callId: approval!.callId, reason: ' ' }), 'InvalidDecision', 'Give a reason'],
    [run.answer({ by: 'ann', callId: external!.callId, output: null }), 'InvalidDecision', 'Give an output'],
    [run.answer({ by: 'ann', callId: external!.callId, output: 'x'.repeat(70_000) }), 'InvalidDecision', 'at most 65536'],
  ];
  for (const [decision, type, words] of wrong) {
    const error = await decision.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DecisionError);
    expect(error).toMatchObject({ type, message: expect.stringContaining(words) });
  }
  expect(await run.waiting()).toHaveLength(2);
  await run.approve({ by: 'ann', callId: approval!.callId });
  await expect(run.approve({ by: 'bob', callId: approval!.callId })).rejects.toThrow(DecisionError);
  await run.answer({ by: 'eve', callId: external!.callId, output: 'yes' });
  await run.result();
  await expect(run.approve({ by: 'ann' })).rejects.toThrow(RunNotFoundError);
  await expect(service.assistants.get('nobody').approve({ by: 'ann' })).rejects.toThrow(RunNotFoundError);
});

test('a deadline passes while people are waited for → DeadlineExceeded, the run cancelled', async () => {
  const run = await start(modelScript(call('always')), { deadline: 800 });
  const error = await run.result().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(AssistantRunError);
  expect(error).toMatchObject({ type: 'DeadlineExceeded', message: expect.stringContaining('its run is cancelled now') });
});

test('what waits, and who decided, can be watched', async () => {
  const run = await start(modelScript(call('refund', { amount: 500 })));
  const seen: string[] = [];
  for await (const progress of run.watch()) {
    seen.push(formatProgress(progress));
    if (progress.kind === 'waiting') await run.approve({ by: 'ann' });
  }
  expect(seen).toEqual(expect.arrayContaining(['wants approval  refund({"amount":500})', 'approved by ann  refund']));
});

test('whoever decides second hears who was first', async () => {
  const message = modelScript({
    toolCalls: [
      { name: 'always', arguments: {} },
      { name: 'ask_expert', arguments: { question: 'why' } },
    ],
  });
  const run = await start(message);
  const [first, second] = await waitingFor(run, 2);
  await run.approve({ by: 'ann', callId: first!.callId });
  await waitingFor(run, 1);
  await expect(run.reject({ by: 'bob', callId: first!.callId, reason: 'no' })).rejects.toThrow('was approved by ann already');
  await run.answer({ by: 'eve', callId: second!.callId, output: 'because' });
  await run.result();
});

inWhole('a run that somebody else ends while people are waited for is noticed by itself', async () => {
  await expect(abandoned.result()).rejects.toMatchObject({ type: 'RunCancelled' });
});
