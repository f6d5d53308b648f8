// one process: a turn whose process stood still between its claim and its model call
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { CallsInFlight } from '../../activities/execute-run/calls-in-flight.ts';
import { createExecuteRunActivities } from '../../activities/execute-run/model-turn.ts';
import { ProgressWriter } from '../../activities/execute-run/progress-writer.ts';
import { NO_USAGE } from '../../domain/usage.ts';
import { createAssistant } from '../../store/assistants.ts';
import { createRun } from '../../store/runs/create.ts';
import { claimTurn } from '../../store/runs/turn.ts';
import { createThread } from '../../store/threads.ts';
import { openTestStore, type TestStore } from '../helpers/store.ts';

let fixture: TestStore;
beforeAll(async () => {
  fixture = await openTestStore();
});
afterAll(() => fixture.close());

test.each([
  ['is done by another', true, 0],
  ['is still its own', false, 1],
])('the turn %s (%s) → the model is asked %i times', async (_, takenOver, asked) => {
  const { store, context, clock } = fixture;
  const assistant = await createAssistant(context, { model: 'm' });
  const thread = await createThread(context, { messages: [{ role: 'user', content: 'hi' }] });
  const run = await createRun(context, thread.id, { assistant_id: assistant.id }, { expiresAfterMs: 600_000 });
  let calls = 0;
  const model = {
    complete: async () => {
      calls += 1;
      return { finishReason: 'stop', usage: NO_USAGE };
    },
  };
  // The database answers the reading of the conversation; by then the process stood still for four seconds.
  let frozen = false;
  const executor = store.db.getExecutor();
  const executeQuery = executor.executeQuery.bind(executor);
  executor.executeQuery = (async (...args: Parameters<typeof executeQuery>) => {
    const result = await executeQuery(...args);
    if (!frozen && args[0].sql.includes('octet_length')) {
      frozen = true;
      clock.advance(4_000);
      if (takenOver) await claimTurn(context, run.id);
    }
    return result;
  }) as typeof executeQuery;
  const activities = createExecuteRunActivities({
    store,
    model,
    callsInFlight: new CallsInFlight(store),
    progress: new ProgressWriter(store),
  });
  const within = { cancellationSignal: new AbortController().signal } as Context;
  await asyncLocalStorage.run(within, () => activities.modelTurn({ projectId: context.projectId, runId: run.id }));
  expect(frozen).toBe(true);
  expect(calls).toBe(asked);
});
