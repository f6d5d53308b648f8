import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { openPostgres } from '../../../store/database/postgres/open-postgres.ts';

/** The Postgres server that the suite runs on; undefined: on PGlite. */
export const postgresUrl = (): string | undefined => process.env['TEST_DATABASE_URL'];

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function execute(server: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const templateName = (hash: string): string => `durable_assistants_template_${hash}`;

/** Makes the migrated database that tests copy. */
export async function prepareTemplate(server: string, hash: string): Promise<void> {
  const name = templateName(hash);
  await execute(server, `drop database if exists ${name}`);
  await execute(server, `create database ${name}`);
  const store = await openPostgres({ url: urlOf(server, name) });
  await store.close();
}

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A migrated, empty database of its own. */
export async function freshDatabase(server: string, hash: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(server, `create database ${name} template ${templateName(hash)}`);
  return { url: urlOf(server, name), drop: () => execute(server, `drop database ${name} with (force)`) };
}

/** A copy of a database that nobody is connected to, as a backup would hold it. */
export async function copyDatabase(url: string): Promise<TestDatabase> {
  const server = postgresUrl()!;
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(server, `create database ${name} template ${new URL(url).pathname.slice(1)}`);
  return { url: urlOf(server, name), drop: () => execute(server, `drop database ${name} with (force)`) };
}
