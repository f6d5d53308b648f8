import { expect, test } from '@jest/globals';
import { PGlite } from '@electric-sql/pglite';
import { pglitePool } from '../../../store/pglite-pool.ts';

test('the session goes on when the pool makes it a new client, as after an error', async () => {
  const pglite = await PGlite.create();
  const pool = pglitePool(pglite);
  const answers: unknown[] = [];
  for (const text of ['select $1::int as n', 'select $1::int + 1 as n', 'select $1::int as n']) {
    const client = await pool.connect();
    answers.push((await client.query(text, [1])).rows);
    client.release(true);
  }
  expect(answers).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 1 }]]);
  await pglite.close();
});

test('a client that has nothing to do is kept', () => {
  const { options } = pglitePool({} as PGlite);
  expect(options.idleTimeoutMillis).toBe(0);
  expect(options.max).toBe(1);
});
