// real processes: people and operators at a terminal
import { beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { defineTool } from 'durable-assistants/tools';
import { startDevServer } from '../../embedded/temporal/dev-server.ts';
import { provideTemporal } from '../../embedded/temporal/provide.ts';
import { freshDataDirectory } from '../helpers/database-template.ts';
import { modelScript, playModelScript } from '../helpers/model-script.ts';
import { withService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const cli = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const tools = [
  defineTool({ name: 'refund', parameters: z.object({}), approval: true, execute: () => 'refunded' }),
  defineTool({ name: 'ask_expert', parameters: z.object({}), external: true }),
];

let assistantId: string;
const service = withService({ script: playModelScript, tools, ownTemporal: true });
beforeAll(async () => {
  assistantId = await service.assistantWith(tools);
});

function run(args: string[], env: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  const options = ['--conditions=durable-assistants-source', '--disable-warning=ExperimentalWarning', cli, ...args];
  const places = { DATABASE_URL: '', DATA_DIR: service.dataDirectory, TEMPORAL_ADDRESS: service.service.temporalAddress };
  const clean = { API_KEYS: '', METRICS_PORT: '', NO_COLOR: '1', ASSISTANTS_BASE_URL: service.service.apiUrl };
  return new Promise((resolve) => {
    execFile(process.execPath, options, { env: { ...process.env, ...places, ...clean, ...env } }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
    );
  });
}

const waitingRun = async (...names: string[]) => {
  const toolCalls = names.map((name) => ({ name, arguments: {} }));
  const started = await service.assistants.start({ assistantId, message: modelScript({ toolCalls }) });
  await waitUntil('the calls', async () => (await started.waiting()).length === names.length);
  return started;
};

test('approvals lists what waits; approve lets it be made, by whom is shown', async () => {
  const started = await waitingRun('refund');
  const listed = await waitUntil('the list', async () => {
    const { output } = await run(['approvals']);
    return output.includes(started.workflowId) ? output : null;
  });
  expect(listed).toMatch(/refund\(\{\}\) {2}wants approval\n {2}run \S+ {2}call call_\w+\n {2}since .* ago, ends in \d+ minutes/);
  expect((await run(['approve', started.workflowId, '--by', 'ann'])).output).toMatch(/^approved: refund \(call_/);
  await started.result();
  const { output } = await run(['runs', 'show', started.workflowId]);
  expect(output).toContain('round 1  refund: completed (by ann)');
  expect(output).toContain('\nrefunded\n');
});

test('reject and answer, with the call named where several wait', async () => {
  const started = await waitingRun('refund', 'ask_expert');
  const calls = await started.waiting();
  const idOf = (tool: string): string => calls.find((waiting) => waiting.tool === tool)!.callId;
  const unclear = await run(['approve', started.workflowId]);
  expect(unclear).toMatchObject({ code: 1, output: expect.stringContaining('Several calls wait; say which one as callId') });
  expect((await run(['reject', started.workflowId, '--call', idOf('refund'), '--reason', 'no money'])).code).toBe(0);
  expect((await run(['answer', started.workflowId, '{"n":1}', '--json', '--call', idOf('ask_expert')])).code).toBe(0);
  const { reply, toolCalls } = await started.result();
  expect(reply?.text).toContain('Reason: no money');
  expect(reply?.text).toContain('{"n":1}');
  expect(toolCalls.map(({ outcome }) => outcome)).toEqual(['rejected', 'answered']);
});

test('runs list, watch and cancel', async () => {
  const started = await waitingRun('refund');
  await waitUntil('the list', async () =>
    (await run(['runs', 'list', '--status', 'running'])).output.includes(started.workflowId),
  );
  expect((await run(['runs', 'show', started.workflowId])).output).toMatch(/wants approval {2}refund {2}call_/);
  const watching = run(['runs', 'watch', started.workflowId]);
  expect((await run(['runs', 'cancel', started.workflowId])).code).toBe(0);
  expect((await watching).output).toContain('run cancelled');
  await expect(started.result()).rejects.toMatchObject({ type: 'Cancelled' });
});

test('a terminated workflow leaves its run behind: doctor lists it, runs cancel ends it', async () => {
  const started = await waitingRun('refund');
  const { threadId, runId } = await started.status();
  await service.temporal.workflow.getHandle(started.workflowId).terminate();
  const seen = await waitUntil('doctor to see it', async () => {
    const { output } = await run(['doctor']);
    return output.includes(runId!) ? output : null;
  });
  expect(seen).toContain(`${runId} (requires_action) of ${started.workflowId}, TERMINATED`);
  expect(seen).toMatch(/Search attributes +registered/);
  expect(seen).toMatch(/Endpoint +127\.0\.0\.1:\d+ answers/);
  const lost = await run(['doctor'], { ASSISTANTS_BASE_URL: 'http://127.0.0.1:1/v1' });
  expect(lost.output).toMatch(/Endpoint +no connection to 127\.0\.0\.1:1/);
  const cancelled = await run(['runs', 'cancel', started.workflowId]);
  expect(cancelled.output).toContain(`had left run ${runId} behind: it is cancelled now`);
  const wire = await service.openai.beta.threads.runs.retrieve(runId!, { thread_id: threadId! });
  expect(wire.status).toBe('cancelled');
  expect((await run(['runs', 'cancel', started.workflowId])).output).toContain('left no run behind');
  expect((await run(['doctor'])).output).toMatch(/Runs left behind +none/);
});

test('a Temporal without our search attributes: runs do without, doctor --fix registers them', async () => {
  const { directory, remove } = await freshDataDirectory();
  const temporal = await startDevServer({
    executable: await provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'] }),
    directory,
    port: 0,
    ui: false,
    searchAttributes: {},
  });
  try {
    const env = { TEMPORAL_ADDRESS: temporal.address };
    expect((await run(['doctor'], env)).output).toContain('not registered: AssistantsAssistantId');
    expect((await run(['doctor', '--fix'], env)).output).toContain('registered now: AssistantsAssistantId');
    expect((await run(['doctor'], env)).output).toMatch(/Search attributes +registered/);
  } finally {
    await temporal.stop();
    await remove();
  }
});

test.each([
  [['approve', 'nobody'], 'No run nobody'],
  [['runs', 'show', 'nobody'], 'No run nobody'],
  [['runs', 'cancel', 'nobody'], 'No run nobody'],
  [['runs', 'watch', 'nobody'], 'No run nobody'],
  [['runs', 'list', '--status', 'dancing'], '--status must be one of running'],
  [['runs', 'list', '--limit', '0'], '--limit must be from 1 to 1000'],
  [['reject', 'nobody'], "required option '--reason <text>' not specified"],
  [['answer', 'nobody', '{', '--json'], 'The output is not valid JSON'],
  [['run', 'hi', '--assistant', 'nobody'], "must be an id that begins with 'asst_'"],
] as [string[], string][])('%j → one sentence that says what is wrong', async (args, sentence) => {
  const { code, output } = await run(args);
  expect(output).toContain(sentence);
  expect(code).toBe(1);
  expect(output).not.toMatch(/^\s+at /m);
});
