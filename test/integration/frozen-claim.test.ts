// one process: a turn whose process, or whose host, stood still between its claim and its model call
import { expect, test } from '@jest/globals';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { sql } from 'kysely';
import { AttemptsInFlight } from '../../activities/execute-run/attempts-in-flight.ts';
import { createExecuteRunActivities } from '../../activities/execute-run/model-turn.ts';
import { ProgressWriter } from '../../activities/execute-run/progress-writer.ts';
import { NO_USAGE } from '../../domain/usage.ts';
import { createAssistant } from '../../store/assistants.ts';
import { createRun } from '../../store/create-run.ts';
import { createThread } from '../../store/threads/threads.ts';
import { DatabaseClock } from '../../store/database/clock/database-clock.ts';
import { MovedDatabaseClock } from '../helpers/moved-database-clock.ts';
import { openTestStore, type TestStore } from '../helpers/store.ts';
import { WrongClock } from '../helpers/wrong-clock.ts';

/** A process that can stand still. */
interface Stopping extends TestStore {
  standStill(ms: number): Promise<void>;
}

/** All of its clocks go on. */
async function frozenProcess(): Promise<Stopping> {
  const fixture = await openTestStore();
  return { ...fixture, standStill: async (ms) => fixture.clock.advance(ms) };
}

/** Its monotonic clock stands still too. */
async function sleepingHost(): Promise<Stopping> {
  const host = new WrongClock();
  const database = new MovedDatabaseClock();
  const fixture = await openTestStore([], new DatabaseClock({ process: host }));
  await database.move(fixture.store.db, 0);
  return {
    ...fixture,
    standStill: async (ms) => {
      host.aheadMs = ms;
      await database.move(fixture.store.db, ms);
    },
    close: async () => {
      await fixture.close();
      database.restore();
    },
  };
}

test.each([
  ['a frozen process', 'is done by another', 0, frozenProcess],
  ['a frozen process', 'is still its own', 1, frozenProcess],
  ['a host that slept', 'is done by another', 0, sleepingHost],
  ['a host that slept', 'is still its own', 1, sleepingHost],
])('%s: the turn %s → the model is asked %i times', async (_, whose, asked, open) => {
  const fixture = await open();
  const { store, context } = fixture;
  const assistant = await createAssistant(context, { model: 'm' });
  const thread = await createThread(context, { messages: [{ role: 'user', content: 'hi' }] });
  const run = await createRun(context, thread.id, { assistant_id: assistant.id }, { expiresAfterMs: 600_000 });
  let calls = 0;
  const model = {
    complete: async () => {
      calls += 1;
      return { finishReason: 'stop' as const, usage: NO_USAGE };
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
      await fixture.standStill(4_000);
      // By another process: this one learns nothing from it.
      if (whose === 'is done by another') await sql`update runs set fence = fence + 1`.execute(store.db);
    }
    return result;
  }) as typeof executeQuery;
  const activities = createExecuteRunActivities({
    store,
    model,
    attemptsInFlight: new AttemptsInFlight(store),
    progress: new ProgressWriter(store),
  });
  const { signal } = new AbortController();
  const within = { cancellationSignal: signal, info: {}, heartbeat: () => {} } as unknown as Context;
  await asyncLocalStorage.run(within, () => activities.modelTurn({ projectId: context.projectId, runId: run.id }));
  expect(frozen).toBe(true);
  expect(calls).toBe(asked);
  await fixture.close();
});
