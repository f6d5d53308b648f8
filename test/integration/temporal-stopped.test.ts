// real Temporal, which is then stopped: the database decides without it
import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowCommand } from '../../contracts/outbox-command.ts';
import type { Workflows } from '../../server/workflows.ts';
import { startTestApi } from '../helpers/api.ts';
import { startTestService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { inWhole } from '../helpers/extent.ts';

inWhole(
  'a run left alone in requires_action reads expired at expires_at with Temporal stopped; Temporal comes back by itself',
  async () => {
    const service = await startTestService({
      ownTemporal: true,
      settings: { RUN_EXPIRES_AFTER: '3' },
      script: (request) => (request.tools ? { toolCalls: [{ name: 'f', arguments: '{}' }] } : { text: 'hello' }),
    });
    try {
      const { threads, assistants } = service.openai.beta;
      const assistant = await assistants.create({ model: 'm', tools: [{ type: 'function', function: { name: 'f' } }] });
      const run = await threads.createAndRunPoll({
        assistant_id: assistant.id,
        thread: { messages: [{ role: 'user', content: 'x' }] },
      });
      expect(run.status).toBe('requires_action');
      const { pid } = JSON.parse(await readFile(join(service.dataDirectory, 'temporal', 'temporal.pid'), 'utf8')) as {
        pid: number;
      };
      process.kill(pid, 'SIGSTOP');
      try {
        await delay(run.expires_at! * 1_000 - Date.now());
        const expired = await waitUntil(
          'expired',
          async () => {
            const read = await threads.runs.retrieve(run.id, { thread_id: run.thread_id });
            return read.status === 'requires_action' ? null : read;
          },
          2_000,
        );
        expect(expired.status).toBe('expired');
        await threads.messages.create(run.thread_id, { role: 'user', content: 'free again' });
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      process.kill(pid, 'SIGKILL');
      const plain = await assistants.create({ model: 'm' });
      const next = await threads.createAndRunPoll({
        assistant_id: plain.id,
        thread: { messages: [{ role: 'user', content: 'y' }] },
      });
      expect(['completed', 'expired']).toContain(next.status);
      const after = await waitUntil(
        'a run after the restart',
        async () => {
          const tried = await threads.createAndRunPoll({
            assistant_id: plain.id,
            thread: { messages: [{ role: 'user', content: 'z' }] },
          });
          return tried.status === 'completed' ? tried : null;
        },
        20_000,
      );
      expect(after.status).toBe('completed');
    } finally {
      await service.close();
    }
  },
);

test('a run is taken while Temporal cannot be told; it is told once it can be', async () => {
  const sent: string[] = [];
  let reachable = false;
  const send = async ({ workflowId }: WorkflowCommand): Promise<void> => {
    if (!reachable) throw new Error('no connection');
    sent.push(workflowId);
  };
  const workflows: Workflows = { start: send, signalWithStart: send, signal: send };
  const api = await startTestApi({ workflows });
  const { store } = api;
  try {
    const { body: assistant } = await api.send('POST', '/assistants', { model: 'm', instructions: 'Go.' });
    const { body: run } = await api.send('POST', '/threads/runs', { assistant_id: assistant.id });
    expect(run.status).toBe('queued');
    await delay(200);
    expect(sent).toEqual([]);
    reachable = true;
    await waitUntil('the start', async () => sent.includes(run.id));
    await waitUntil('an empty outbox', async () => (await store.db.selectFrom('outbox').selectAll().execute()).length === 0);
    expect(sent).toEqual([run.id]);
  } finally {
    await api.close();
  }
});
