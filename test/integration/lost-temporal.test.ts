// real Temporal, which loses all of its state under runs of every kind
import { expect, test } from '@jest/globals';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RunNotFoundError } from 'durable-assistants/client';
import type { ScriptedRequest, ScriptedTurn } from 'durable-assistants/scripted-model';
import { startTestService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const asked: string[] = [];
function script(request: ScriptedRequest): ScriptedTurn {
  const words = String(request.messages.findLast(({ role }) => role === 'user')?.content);
  asked.push(words);
  if (request.messages.some(({ role }) => role === 'tool')) return { text: `after outputs: ${words}` };
  if (words.startsWith('wait')) return { toolCalls: [{ name: 'f', arguments: '{}' }] };
  return { text: `said: ${words}`, delayMs: words.startsWith('slow') ? 1_500 : 0 };
}

test('runs in a model call, between two attempts and waiting for outputs all end once, within ten seconds', async () => {
  const service = await startTestService({ script, ownTemporal: true });
  try {
    const { threads, assistants } = service.openai.beta;
    const assistant = await assistants.create({ model: 'm', tools: [{ type: 'function', function: { name: 'f' } }] });
    const start = (content: string) =>
      threads.createAndRun({ assistant_id: assistant.id, thread: { messages: [{ role: 'user', content }] } });
    const waiting = await start('wait');
    await waitUntil('requires_action', async () => {
      const run = await threads.runs.retrieve(waiting.id, { thread_id: waiting.thread_id });
      return run.status === 'requires_action' && run;
    });
    const orchestrated = await service.assistants.start({ assistantId: assistant.id, message: 'slow orchestrated' });
    await waitUntil('its ids', async () => (await orchestrated.status()).runId);
    const slow = await Promise.all(Array.from({ length: 5 }, (_, n) => start(`slow ${n}`)));
    await waitUntil('model calls', async () => asked.filter((words) => words.startsWith('slow')).length === 6);

    const directory = join(service.dataDirectory, 'temporal');
    const { pid } = JSON.parse(await readFile(join(directory, 'temporal.pid'), 'utf8')) as { pid: number };
    for (const end of ['', '-wal', '-shm']) await rm(join(directory, `temporal.db${end}`), { force: true });
    process.kill(pid, 'SIGKILL');
    await waitUntil(
      'another Temporal',
      async () => {
        const text = await readFile(join(directory, 'temporal.pid'), 'utf8').catch(() => '{}');
        const found = (JSON.parse(text) as { pid?: number }).pid;
        return found !== undefined && found !== pid && service.temporal.workflow.count().catch(() => null);
      },
      30_000,
    );
    const queued = await start('new');

    for (const run of [...slow, queued]) {
      const ended = await waitUntil(
        `the end of ${run.id}`,
        async () => {
          const found = await threads.runs.retrieve(run.id, { thread_id: run.thread_id });
          return found.status === 'completed' && found;
        },
        20_000,
      );
      const { data } = await threads.messages.list(run.thread_id);
      expect([ended.status, data.map(({ role }) => role)]).toEqual(['completed', ['assistant', 'user']]);
    }
    const failure = await orchestrated.result().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RunNotFoundError);
    expect((failure as RunNotFoundError).message).toMatch(/Its run run_\w+ on thread thread_\w+ may still be active/);

    const { required_action: action } = await threads.runs.retrieve(waiting.id, { thread_id: waiting.thread_id });
    const outputs = action!.submit_tool_outputs.tool_calls.map(({ id }) => ({ tool_call_id: id, output: 'x' }));
    const answered = await threads.runs.submitToolOutputsAndPoll(waiting.id, {
      thread_id: waiting.thread_id,
      tool_outputs: outputs,
    });
    expect(answered.status).toBe('completed');
    // A call that was on its way when Temporal went may be made again; a finished one never is.
    for (const words of ['new', 'wait']) expect(asked.filter((said) => said === words).length).toBe(words === 'new' ? 1 : 2);
  } finally {
    await service.close();
  }
}, 120_000);
