import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { Client } from 'pg';
import { readMigrations, type MigrationState } from './migrate.ts';
import { RUN_CHANNEL } from './notifications.ts';
import type { Store } from './open.ts';
import { FAILING_ATTEMPTS } from './outbox.ts';

const CONNECT_MS = 5_000;
/** How long to wait for a notification before it counts as lost, in milliseconds. */
const RECEIVE_MS = 1_000;

/** What is read from a database without changing it. */
export interface DatabaseFacts {
  /** Postgres' major version. */
  major: number;
  migrations: MigrationState;
  /** Outbox rows that failed {@link FAILING_ATTEMPTS} times; 0 if there is no outbox yet. */
  failingRows: number;
}

const clientFor = (url: string): Client => new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });

/** Inspects a database. @throws the error that keeps it from being reached or read */
export async function inspectDatabase(url: string): Promise<DatabaseFacts> {
  const client = clientFor(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version");
    const migrations = await readMigrations(async (text) => (await client.query(text)).rows as Record<string, unknown>[]);
    const { rows: outbox } = await client.query<{ there: boolean }>("select to_regclass('outbox') is not null as there");
    const failing = outbox[0]!.there
      ? await client.query<{ count: string }>('select count(*) from outbox where attempts >= $1', [FAILING_ATTEMPTS])
      : null;
    return {
      major: Math.floor(Number(rows[0]!.version) / 10_000),
      migrations,
      failingRows: Number(failing?.rows[0]?.count ?? 0),
    };
  } finally {
    await client.end();
  }
}

/** Whether a notification that is sent through `url` arrives at `listenUrl`. @throws if either cannot be connected to */
export async function receivesNotifications(url: string, listenUrl: string): Promise<boolean> {
  const channel = `${RUN_CHANNEL}_probe`;
  const probe = randomUUID();
  const [listener, sender] = [clientFor(listenUrl), clientFor(url)];
  const received = Promise.withResolvers<boolean>();
  listener.on('notification', ({ payload }) => payload === probe && received.resolve(true));
  try {
    await Promise.all([listener.connect(), sender.connect()]);
    await listener.query(`listen ${channel}`);
    await sender.query('select pg_notify($1, $2)', [channel, probe]);
    setTimeout(() => received.resolve(false), RECEIVE_MS).unref();
    return await received.promise;
  } finally {
    await Promise.allSettled([listener.end(), sender.end()]);
  }
}

/** Whether an open database answers. */
export async function answers({ db }: Store): Promise<boolean> {
  return sql`select 1`.execute(db).then(
    () => true,
    () => false,
  );
}
