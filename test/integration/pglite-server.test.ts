// one process with a thread: the embedded database behind the pg library
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Pool } from 'pg';
import { Autovacuum } from '../../store/database/pglite/autovacuum.ts';
import type { FromThread, ToThread } from '../../store/database/pglite/thread-messages.ts';
import { pglitePool } from '../../store/database/pglite/pool.ts';
import { PgliteServer } from '../../store/database/pglite/server.ts';
import { isDatabaseUnavailable } from '../../store/database/unavailable.ts';
import { freshDataDirectory } from '../helpers/database-template.ts';
import { inWhole } from '../helpers/extent.ts';

let directory: string;
let remove: () => Promise<void>;
let server: PgliteServer;
let pool: Pool;
let heard: string[];
beforeEach(async () => {
  // A migrated database, only because copying one is quicker than making one.
  ({ directory, remove } = await freshDataDirectory());
  heard = [];
  server = await PgliteServer.start(join(directory, 'pglite'));
  pool = pglitePool(server, 'changes', (payload) => heard.push(payload));
});
afterEach(async () => {
  await pool.end();
  await server.close();
  await remove();
});

const failure = async (query: Promise<unknown>): Promise<Error & { code?: string; table?: string; constraint?: string }> =>
  query.then(
    () => new Error('it went well'),
    (error: unknown) => error as Error,
  );

test('a client that has nothing to do is kept', () => {
  expect([pool.options.idleTimeoutMillis, pool.options.max]).toEqual([0, 1]);
});

test('errors are those of Postgres, with all that they say', async () => {
  await pool.query('create table t (id int primary key)');
  await pool.query('insert into t values ($1)', [1]);
  expect(await failure(pool.query('insert into t values ($1)', [1]))).toMatchObject({
    code: '23505',
    table: 't',
    constraint: 't_pkey',
    detail: 'Key (id)=(1) already exists.',
  });
  expect(await failure(pool.query('select 1/0'))).toMatchObject({ code: '22012', message: 'division by zero' });
  expect((await pool.query('select count(*)::int as n from t')).rows).toEqual([{ n: 1 }]);
});

test('a thread that does not end is terminated; what was committed is there afterwards', async () => {
  await pool.query('create table t (id int)');
  await pool.query('insert into t values (1)');
  const endless = failure(pool.query("do 'begin loop end loop; end'"));
  await server.close(300);
  expect((await endless).message).toContain('Connection terminated');
  await pool.end();
  server = await PgliteServer.start(join(directory, 'pglite'));
  pool = pglitePool(server, 'changes', (payload) => heard.push(payload));
  expect((await pool.query('select id from t')).rows).toEqual([{ id: 1 }]);
});

test('a client that was given up in a transaction leaves nothing to the next one', async () => {
  await pool.query('create table t (id int)');
  for (let n = 0; n < 3; n += 1) {
    const client = await pool.connect();
    await client.query('begin');
    await client.query('insert into t values ($1)', [n]);
    await client.query("set local search_path = 'nowhere'");
    client.release(true);
  }
  expect((await pool.query('select id from t where id = $1', [1])).rows).toEqual([]);
});

test('what is notified is heard after the commit, by the first client and by later ones', async () => {
  await pool.query("select pg_notify('changes', 'one')");
  const client = await pool.connect();
  client.release(true);
  await pool.query("select pg_notify('changes', 'two')");
  expect(heard).toEqual(['one', 'two']);
});

test('large values cross whole, in both directions', async () => {
  const text = '😀x'.repeat(2_000_000);
  const { rows } = await pool.query<{ text: string }>('select $1::text as text', [text]);
  expect(rows[0]!.text === text).toBe(true);
});

inWhole('the thread keeps nothing of what it has answered', async () => {
  const other = await freshDataDirectory();
  const dataDirectory = join(other.directory, 'pglite');
  const thread = new Worker(new URL('../../store/database/pglite/thread.ts', import.meta.url), {
    workerData: { dataDirectory },
  });
  try {
    await once(thread, 'message');
    const text = Buffer.from("select repeat('x', 1000000)\0");
    const length = Buffer.alloc(4);
    length.writeInt32BE(4 + text.length);
    for (let n = 0; n < 100; n += 1) {
      const bytes = new Uint8Array(Buffer.concat([Buffer.from('Q'), length, text]));
      thread.postMessage({ kind: 'request', connection: 1, bytes } satisfies ToThread, []);
      const [answer] = (await once(thread, 'message')) as [FromThread];
      expect(answer).toMatchObject({ kind: 'answer', bytes: { byteLength: expect.any(Number) } });
    }
    expect((await thread.getHeapStatistics()).used_heap_size).toBeLessThan(60 * 2 ** 20);
  } finally {
    await thread.terminate();
    await other.remove();
  }
});

inWhole('a statement that takes its time does not hold the event loop', async () => {
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 10);
  await pool.query('select pg_sleep(1)');
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(20);
});

test('a thread that dies breaks its connections, and the next one finds what was committed', async () => {
  await pool.query('create table t (id int)');
  await pool.query('insert into t values (1)');
  const slow = failure(pool.query('select pg_sleep(20)'));
  const waiting = failure(pool.query('insert into t values (2)'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await server.kill();
  expect(isDatabaseUnavailable(await slow)).toBe(true);
  await waiting;
  expect((await pool.query<{ id: number }>('select id from t where id = 1')).rows).toEqual([{ id: 1 }]);
}, 30_000);

test('a database that cannot start says why', async () => {
  expect((await failure(PgliteServer.start('/proc/nowhere'))).message).toMatch(/\S/);
});

describe('autovacuum', () => {
  const statistics = async () => {
    await pool.query('select pg_stat_force_next_flush()');
    const { rows } = await pool.query<{ dead: number; changed: number }>(
      "select n_dead_tup::int as dead, n_mod_since_analyze::int as changed from pg_stat_user_tables where relname = 't'",
    );
    return rows[0]!;
  };

  inWhole('dead rows go, and their space is used again', async () => {
    const size = async () => Number((await pool.query("select pg_relation_size('t') as size")).rows[0].size);
    await pool.query('create table t (id int primary key, text text)');
    await pool.query("insert into t select n, repeat('x', 500) from generate_series(1, 2000) as n");
    await pool.query('update t set text = text');
    expect((await statistics()).dead).toBeGreaterThan(1_000);
    await new Autovacuum(pool).run();
    expect(await statistics()).toEqual({ dead: 0, changed: 0 });
    const before = await size();
    await pool.query('update t set text = text');
    expect(await size()).toBe(before);
  });

  test('a statement that was planned on an empty table is planned anew', async () => {
    await pool.query('create table t (id int, text text)');
    await pool.query('create index t_id on t (id)');
    await pool.query('prepare find (int) as select text from t where id = $1');
    await pool.query("set plan_cache_mode = 'force_generic_plan'");
    const plan = async () => JSON.stringify((await pool.query('explain execute find (1)')).rows);
    await pool.query("insert into t select n % 5, repeat('x', 10) from generate_series(1, 20) as n");
    await pool.query('analyze t');
    expect(await plan()).toContain('Seq Scan');
    await pool.query("insert into t select n, repeat('x', 100) from generate_series(1, 20000) as n");
    await statistics();
    await new Autovacuum(pool).run();
    expect(await plan()).toContain('Index');
  });

  inWhole('where nothing has changed it does nothing', async () => {
    await pool.query('create table t (id int)');
    const statements: string[] = [];
    const watched = { query: async (text: string) => (statements.push(text), pool.query(text)) } as unknown as Pool;
    await new Autovacuum(watched).run();
    expect(statements).toHaveLength(1);
  });
});
