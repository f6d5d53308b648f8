// real Postgres: whoever is frozen in a transaction holds up others for seconds, not for ever
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { freshDatabase, postgresUrl, type TestDatabase } from '../helpers/postgres/databases.ts';
import { migrationsHash } from '../helpers/database-template.ts';
import { openPostgres } from '../../store/database/postgres/open-postgres.ts';
import { DEFAULT_PROJECT, type Store } from '../../store/database/open.ts';
import { createMessage } from '../../store/threads/messages.ts';
import { createThread } from '../../store/threads/threads.ts';
import { isDatabaseUnavailable } from '../../store/database/unavailable.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase(postgresUrl()!, await migrationsHash());
  store = await openPostgres({ url: database.url });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

test('a transaction of ours that stops in the middle is ended by Postgres; who waits for its lock goes on', async () => {
  const context = store.project(DEFAULT_PROJECT);
  const thread = await createThread(context, {});
  const frozen = store.db.transaction().execute(async (trx) => {
    await trx.selectFrom('threads').select('id').where('id', '=', thread.id).forUpdate().execute();
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    await trx.selectFrom('threads').select('id').execute();
  });
  const began = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const [ended, message] = await Promise.allSettled([frozen, createMessage(context, thread.id, { role: 'user', content: 'x' })]);
  expect(message.status).toBe('fulfilled');
  expect(Date.now() - began).toBeLessThan(9_000);
  expect(ended.status === 'rejected' && isDatabaseUnavailable(ended.reason)).toBe(true);
});

test('a lock that is held by somebody else for good is given up after eight seconds, as unavailable', async () => {
  const context = store.project(DEFAULT_PROJECT);
  const thread = await createThread(context, {});
  const stranger = new Client({ connectionString: database.url });
  await stranger.connect();
  await stranger.query('begin');
  await stranger.query('select 1 from threads where id = $1 for update', [thread.id]);
  const refused = await createMessage(context, thread.id, { role: 'user', content: 'x' }).catch((error: unknown) => error);
  expect(isDatabaseUnavailable(refused)).toBe(true);
  await stranger.end();
});
