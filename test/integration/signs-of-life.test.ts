// one process: which runs are presumed to have lost their workflows
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { NO_USAGE } from '../../domain/usage.ts';
import { createAssistant } from '../../store/assistants.ts';
import { cancelRun } from '../../store/runs/act.ts';
import { createThreadAndRun } from '../../store/create-run.ts';
import { reviveLostRuns, writeSignsOfLife } from '../../store/runs/signs-of-life.ts';
import { claimTurn, finishTurn, releaseTurn } from '../../store/turns/turn.ts';
import { TurnDraft } from '../../activities/execute-run/draft/turn-draft.ts';
import { openTestStore, type TestStore } from '../helpers/store.ts';

const DAY_MS = 86_400_000;
let fixture: TestStore;
let assistantId: string;
beforeAll(async () => {
  fixture = await openTestStore();
  assistantId = (await createAssistant(fixture.context, { model: 'm' })).id;
});
afterAll(() => fixture.close());
beforeEach(async () => {
  await sql`delete from threads`.execute(fixture.store.db);
  await sql`delete from outbox`.execute(fixture.store.db);
});

const sent = () => sql`delete from outbox`.execute(fixture.store.db);
const revive = () => reviveLostRuns(fixture.store);
async function newRun(): Promise<string> {
  const thread = { messages: [{ role: 'user' as const, content: 'hi' }] };
  const { id } = await createThreadAndRun(fixture.context, { assistant_id: assistantId, thread }, { expiresAfterMs: DAY_MS });
  await sent();
  return id;
}
async function claimed(runId: string) {
  const result = await claimTurn(fixture.context, runId);
  if (result.next !== 'claimed') throw new Error(`not claimed: ${JSON.stringify(result)}`);
  return result.claim;
}
/** Advances the clock second by second and returns at which seconds the run was taken up again. */
async function revivedAt(seconds: number): Promise<number[]> {
  const found: number[] = [];
  for (let second = 1; second <= seconds; second += 1) {
    fixture.clock.advance(1_000);
    if ((await revive()) === 0) continue;
    found.push(second);
    await sent();
  }
  return found;
}

test('a queued run of which nothing is heard is taken up after five seconds, then less and less often', async () => {
  await newRun();
  expect(await revivedAt(160)).toEqual([5, 15, 35, 75, 135]);
});

test('a run that stands in the outbox already is left to it', async () => {
  await newRun();
  fixture.clock.advance(6_000);
  expect(await revive()).toBe(1);
  const { rows } = await sql<{ action: string }>`select action from outbox`.execute(fixture.store.db);
  expect(rows).toEqual([{ action: 'signal_with_start' }]);
  fixture.clock.advance(3_600_000);
  expect(await revive()).toBe(0);
});

test('a turn that shows signs of life is left alone; one that stops showing them is not', async () => {
  const runId = await newRun();
  await claimed(runId);
  for (let n = 0; n < 10; n += 1) {
    fixture.clock.advance(2_000);
    await writeSignsOfLife(fixture.store, [{ projectId: 'default', runId }]);
    expect(await revive()).toBe(0);
  }
  expect(await revivedAt(6)).toEqual([5]);
});

test('a turn that is to be tried again in half a minute is left alone for so long', async () => {
  const runId = await newRun();
  const claim = await claimed(runId);
  await releaseTurn(fixture.context, claim, new TurnDraft(claim, fixture.context.now), { error: 'f', pauseMs: 30_000 });
  expect(await revivedAt(40)).toEqual([35]);
});

test('a run that is cancelling and whose worker is gone is taken up', async () => {
  const runId = await newRun();
  const claim = await claimed(runId);
  await cancelRun(fixture.context, claim.threadId, runId);
  await sent();
  expect(await revivedAt(6)).toEqual([5]);
});

test('5,000 runs that wait for outputs: no signal in ten minutes; the outputs are one', async () => {
  const runId = await newRun();
  const claim = await claimed(runId);
  const draft = new TurnDraft(claim, fixture.context.now);
  draft.beginCall('f');
  await finishTurn(fixture.context, claim, draft, { finishReason: 'tool_calls', usage: NO_USAGE });
  await sql`insert into threads (project_id, id, created_at, metadata)
    select 'default', 'thread_parked' || n, now(), '{}' from generate_series(1, 4999) as n`.execute(fixture.store.db);
  await sql`insert into runs (project_id, id, thread_id, assistant_id, status, holds_thread, created_at, expires_at, settings,
      metadata, required_action, presumed_lost_at, revivals)
    select 'default', 'run_parked' || n, 'thread_parked' || n, assistant_id, status, holds_thread, created_at, expires_at,
      settings, metadata, required_action, presumed_lost_at, revivals
    from runs, generate_series(1, 4999) as n where id = ${runId}`.execute(fixture.store.db);
  expect(await revivedAt(600)).toEqual([]);
});

test('after an outage they are taken up twenty at a time', async () => {
  for (let n = 0; n < 45; n += 1) await newRun();
  fixture.clock.advance(6_000);
  const counts: number[] = [];
  for (let n = 0; n < 4; n += 1) counts.push(await revive());
  expect(counts).toEqual([20, 20, 5, 0]);
});
