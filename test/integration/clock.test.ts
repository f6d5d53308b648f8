// one process: the store on a real database, in a process whose own clocks are wrong
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Client } from '@temporalio/client';
import { Metrics } from '../../operations/metrics.ts';
import { readinessOf } from '../../operations/readiness.ts';
import { createAssistant } from '../../store/assistants.ts';
import { DatabaseClock } from '../../store/database/clock/database-clock.ts';
import { cancelRun } from '../../store/runs/act.ts';
import { createRun } from '../../store/create-run.ts';
import { claimTurn } from '../../store/turns/turn.ts';
import { listRuns, readRun } from '../../store/runs/read.ts';
import { purgeExpired, expireDueRuns } from '../../store/sweep.ts';
import { createThread } from '../../store/threads/threads.ts';
import { command } from '../../store/database/transaction.ts';
import { openTestStore, type TestStore } from '../helpers/store.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { MovedDatabaseClock } from '../helpers/moved-database-clock.ts';
import { WrongClock } from '../helpers/wrong-clock.ts';
import { inWhole } from '../helpers/extent.ts';

const ELEVEN_MINUTES = 660_000;

let host: WrongClock;
let fixture: TestStore;
let said: (number | null)[];
let assistantId: string;

async function open(aheadMs: number): Promise<void> {
  host = new WrongClock(aheadMs);
  said = [];
  fixture = await openTestStore([], new DatabaseClock({ process: host, onSkew: (seconds) => said.push(seconds) }));
  assistantId = (await createAssistant(fixture.context, { model: 'm' })).id;
}
const close = (): Promise<void> => fixture.close();

async function start(expiresAfterMs = 600_000) {
  const thread = await createThread(fixture.context, { messages: [{ role: 'user', content: 'hi' }] });
  return createRun(fixture.context, thread.id, { assistant_id: assistantId }, { expiresAfterMs });
}
const statusOf = async (id: string) =>
  (await fixture.store.db.selectFrom('runs').select('status').where('id', '=', id).executeTakeFirstOrThrow()).status;
const read = async ({ id, thread_id: threadId }: { id: string; thread_id: string }) =>
  (await readRun(fixture.context, threadId, id)).status;
const temporal = { options: { namespace: 'default' }, workflowService: { describeNamespace: async () => ({}) } };
const problems = async () => readinessOf(fixture.store, temporal as unknown as Client, () => null)();
async function valueOf(metrics: Metrics, name: string): Promise<number> {
  const line = (await metrics.registry.metrics()).split('\n').find((text) => text.startsWith(`durable_assistants_${name} `));
  return Number(line!.split(' ')[1]);
}
async function gauge(): Promise<number> {
  const metrics = new Metrics();
  metrics.follow(fixture.store);
  return valueOf(metrics, 'clock_skew_seconds');
}
const nearly = (seconds: number | null): void => expect(Math.abs(seconds! - Date.now() / 1_000)).toBeLessThan(3);

describe.each([
  ['ahead of', ELEVEN_MINUTES],
  ['behind', -ELEVEN_MINUTES],
])("a process whose clock is eleven minutes %s the database's", (advice, aheadMs) => {
  beforeAll(async () => open(aheadMs));
  afterAll(close);

  test('creates runs with the right times, and neither reads, lists nor sweeps end them', async () => {
    const run = await start();
    nearly(run.created_at);
    nearly(run.expires_at! - 600);
    await expireDueRuns(fixture.store);
    await listRuns(fixture.context, run.thread_id, { limit: 20, order: 'desc' });
    expect(await read(run)).toBe('queued');
  });

  test('ends overdue runs on time, by a read and by the sweep', async () => {
    const [one, other] = [await start(), await start()];
    // As a process that is right would have it.
    await sql`update runs set expires_at = clock_timestamp() + interval '1 second'`.execute(fixture.store.db);
    expect([await read(one), await read(other)]).toEqual(['queued', 'queued']);
    await delay(1_100);
    expect(await read(one)).toBe('expired');
    await expireDueRuns(fixture.store);
    expect(await statusOf(other.id)).toBe('expired');
  });

  test('keeps Idempotency-Keys for a day, and no longer', async () => {
    const key = (name: string) => command(fixture.context, { route: 'r', key: name, bodyHash: 'h' }, async () => ({ name }));
    await key('young');
    await key('old');
    await fixture.store.db
      .updateTable('idempotency_keys')
      .set({ created_at: new Date(Date.now() - 24 * 3_600_000 - 1_000) })
      .where('key', '=', 'old')
      .execute();
    await fixture.store.db
      .updateTable('idempotency_keys')
      .set({ created_at: new Date(Date.now() - 24 * 3_600_000 + 60_000) })
      .where('key', '=', 'young')
      .execute();
    await purgeExpired(fixture.store);
    const left = await fixture.store.db.selectFrom('idempotency_keys').select('key').execute();
    expect(left).toEqual([{ key: 'young' }]);
  });

  test('is not ready, and says by how much its clock is wrong and what to do; the gauge shows it; it was told once', async () => {
    expect(await problems()).toEqual([`the clock of this host is 660 s ${advice} the database's: set it (NTP)`]);
    expect(Math.abs((await gauge()) - aheadMs / 1_000)).toBeLessThan(0.2);
    await delay(2_000);
    expect(said).toHaveLength(1);
    expect(Math.abs(said[0]! - aheadMs / 1_000)).toBeLessThan(0.2);
  });

  test('measures the lag of notifications by the clock that they were stamped by', async () => {
    const metrics = new Metrics();
    metrics.follow(fixture.store);
    const run = await start();
    await cancelRun(fixture.context, run.thread_id, run.id);
    await waitUntil('a notification', async () => (await valueOf(metrics, 'event_lag_seconds_count')) > 0);
    expect(await valueOf(metrics, 'event_lag_seconds_sum')).toBeLessThan(1);
    expect(await valueOf(metrics, 'event_lag_seconds_sum')).toBeGreaterThan(0);
  });
});

describe('a process whose clock was right', () => {
  beforeAll(async () => open(0));
  afterAll(close);
  afterEach(async () => {
    Object.assign(host, { aheadMs: 0, sleptMs: 0 });
    await fixture.store.clock.ask(fixture.store.db);
    fixture.store.clock.isSkewed();
    said.length = 0;
  });

  test.each([ELEVEN_MINUTES, -ELEVEN_MINUTES])('a clock that is set by %i ms while runs go on changes nothing', async (byMs) => {
    const long = await start();
    const short = await start(2_000);
    host.aheadMs = byMs;
    expect(Math.abs(fixture.store.now().getTime() - Date.now())).toBeLessThan(500);
    await expireDueRuns(fixture.store);
    expect([await read(long), await read(short)]).toEqual(['queued', 'queued']);
    nearly((await start()).created_at);
    await delay(2_100);
    expect([await read(long), await read(short)]).toEqual(['queued', 'expired']);
  });

  test('a host that slept for eleven minutes asks before it writes: no run is born old', async () => {
    host.sleptMs = ELEVEN_MINUTES;
    expect(Date.now() - fixture.store.now().getTime()).toBeGreaterThan(ELEVEN_MINUTES - 1_000);
    const run = await start();
    nearly(run.created_at);
    expect(Math.abs(fixture.store.now().getTime() - Date.now())).toBeLessThan(500);
  });

  inWhole(
    'the time is measured again within seconds, and runs backwards only where the correction is large',
    async () => {
      host.sleptMs = 300;
      await waitUntil('a correction', async () => Math.abs(fixture.store.now().getTime() - Date.now()) < 100, 8_000);
      host.sleptMs = 0;
      let latest = 0;
      const end = performance.now() + 7_000;
      while (performance.now() < end) {
        const now = fixture.store.now().getTime();
        expect(now).toBeGreaterThanOrEqual(latest);
        latest = now;
        await delay(5);
      }
      expect(Math.abs(latest - Date.now())).toBeLessThan(100);
    },
    20_000,
  );

  test.each([
    [1_500, "the clock of this host is 1.5 s ahead of the database's: set it (NTP)"],
    [-1_500, "the clock of this host is 1.5 s behind the database's: set it (NTP)"],
  ])('set wrong by %i ms, and right again → not ready in between; told when it begins and when it ends', async (byMs, text) => {
    expect(await problems()).toEqual([]);
    host.aheadMs = byMs;
    expect(await problems()).toEqual([text]);
    host.aheadMs = 0;
    await waitUntil('the end', async () => said.length === 2);
    expect(said).toEqual([expect.any(Number), null]);
    expect(await problems()).toEqual([]);
  });

  test('wrong by 700 ms → ready, and nothing is told; the gauge shows it', async () => {
    host.aheadMs = 700;
    expect(await problems()).toEqual([]);
    expect(Math.abs((await gauge()) - 0.7)).toBeLessThan(0.1);
    await delay(1_500);
    expect(said).toEqual([]);
  });

  test('a host that slept is not taken for one whose clock is wrong', async () => {
    host.sleptMs = ELEVEN_MINUTES;
    expect(fixture.store.clock.isSkewed()).toBe(false);
    expect(await problems()).toEqual([]);
    await delay(1_500);
    expect(said).toEqual([]);
  });
});

describe('a database whose clock is set, or which another one takes over from', () => {
  let database: MovedDatabaseClock;
  beforeAll(async () => {
    database = new MovedDatabaseClock();
    await open(0);
  });
  afterAll(async () => {
    await close();
    database.restore();
  });
  beforeEach(async () => {
    await database.move(fixture.store.db, 0);
    await fixture.store.clock.ask(fixture.store.db);
  });
  const known = (byMs: number): void => expect(Math.abs(fixture.store.now().getTime() - Date.now() - byMs)).toBeLessThan(500);

  test.each(['read', 'cancelled', 'claimed'])(
    'eleven minutes back: a run that is %s then is not ended by the time that was known before',
    async (what) => {
      const run = await start();
      await database.move(fixture.store.db, -ELEVEN_MINUTES);
      await sql`update runs set expires_at = now() + interval '1 minute'`.execute(fixture.store.db);
      known(0);
      if (what === 'read') expect(await read(run)).toBe('queued');
      if (what === 'cancelled') {
        expect(await cancelRun(fixture.context, run.thread_id, run.id)).toMatchObject({ status: 'cancelled' });
      }
      if (what === 'claimed') expect(await claimTurn(fixture.context, run.id)).toMatchObject({ next: 'claimed' });
      // Who asked knows.
      known(-ELEVEN_MINUTES);
    },
  );

  test('eleven minutes on: the sweep ends what is overdue, before anybody has measured again', async () => {
    const run = await start();
    await database.move(fixture.store.db, ELEVEN_MINUTES);
    known(0);
    await expireDueRuns(fixture.store);
    expect(await statusOf(run.id)).toBe('expired');
  });

  inWhole('is followed within seconds without anybody asking', async () => {
    await database.move(fixture.store.db, ELEVEN_MINUTES);
    await waitUntil('the new time', async () => fixture.store.now().getTime() - Date.now() > ELEVEN_MINUTES - 500, 8_000);
  });
});
