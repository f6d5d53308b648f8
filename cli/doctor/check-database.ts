import { Client } from 'pg';
import { pendingMigrations } from '../../store/migrate.ts';
import { RUN_CHANNEL } from '../../store/notifications.ts';
import type { Config } from '../config.ts';
import { ok, problem, reasonOf, warning, type Finding } from './finding.ts';

const OLDEST_MAJOR = 15;
const CONNECT_MS = 5_000;
const HEAR_MS = 1_000;

async function checkServer(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version");
  const major = Math.floor(Number(rows[0]!.version) / 10_000);
  if (major >= OLDEST_MAJOR) return ok('Database', `Postgres ${major} answers`);
  return problem('Database', `Postgres ${major} answers`, `Use Postgres ${OLDEST_MAJOR} or newer.`);
}

async function checkSchema(client: Client): Promise<Finding> {
  const pending = await pendingMigrations(async () => {
    const there = await client.query<{ there: boolean }>("select to_regclass('schema_migrations') is not null as there");
    if (!there.rows[0]!.there) return [];
    return (await client.query<{ id: number; name: string }>('select id, name from schema_migrations')).rows;
  });
  if (pending.unknown !== null) {
    return problem(
      'Schema',
      `is newer than this version: it has ${pending.unknown}`,
      'Install the version that made it, or a later one.',
    );
  }
  if (pending.names.length === 0) return ok('Schema', 'up to date');
  return warning(
    'Schema',
    `${pending.names.length} migrations are to be applied`,
    'durable-assistants migrate applies them; server and worker do so at their start too.',
  );
}

async function checkListen(url: string, listenUrl: string): Promise<Finding> {
  const listener = new Client({ connectionString: listenUrl, connectionTimeoutMillis: CONNECT_MS });
  const sender = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  try {
    await sender.connect();
    try {
      await listener.connect();
    } catch (error) {
      return problem('LISTEN', `no connection: ${reasonOf(error)}`, 'Correct DATABASE_LISTEN_URL (host, password, name).');
    }
    const heard = new Promise<boolean>((resolve) => {
      listener.on('notification', () => resolve(true));
      setTimeout(() => resolve(false), HEAR_MS);
    });
    await listener.query(`listen ${RUN_CHANNEL}_probe`);
    await sender.query('select pg_notify($1, $2)', [`${RUN_CHANNEL}_probe`, 'doctor']);
    if (await heard) return ok('LISTEN', 'notices come through');
    return warning(
      'LISTEN',
      'notices do not come through; processes look four times a second instead',
      'DATABASE_URL leads through a pooler in transaction mode. Set DATABASE_LISTEN_URL to a direct connection.',
    );
  } finally {
    await Promise.allSettled([listener.end(), sender.end()]);
  }
}

export async function checkDatabase({ databaseUrl, databaseListenUrl, dataDir }: Config): Promise<Finding[]> {
  if (databaseUrl === undefined) return [ok('Database', `embedded, in ${dataDir}`)];
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_MS });
  try {
    await client.connect();
  } catch (error) {
    const { host } = new URL(databaseUrl);
    return [
      problem(
        'Database',
        `no connection to ${host}: ${reasonOf(error)}`,
        'Start it, or correct DATABASE_URL (host, password, name).',
      ),
    ];
  }
  try {
    return [
      await checkServer(client),
      await checkSchema(client),
      await checkListen(databaseUrl, databaseListenUrl ?? databaseUrl),
    ];
  } catch (error) {
    return [problem('Database', reasonOf(error), 'Give the user of DATABASE_URL the right to use its schema.')];
  } finally {
    await client.end();
  }
}
