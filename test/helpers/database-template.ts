import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshDatabase, postgresUrl, type TestDatabase } from './postgres/databases.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Of all migrations: a change of one makes another template. */
export async function migrationsHash(): Promise<string> {
  const migrations = join(root, 'store/migrations');
  const hash = createHash('sha256');
  const names = (await readdir(migrations, { recursive: true })).filter((name) => name.endsWith('.sql'));
  for (const name of names.toSorted()) hash.update(name).update(await readFile(join(migrations, name)));
  return hash.digest('hex').slice(0, 12);
}

/** Where the migrated template of the embedded database lies. */
export async function databaseTemplate(): Promise<{ directory: string; draft: string; publish(): Promise<void> }> {
  const directory = join(root, 'node_modules/.cache/durable-assistants', `database-${await migrationsHash()}`);
  const draft = `${directory}-${process.pid}`;
  return { directory, draft, publish: () => rename(draft, directory) };
}

/** The databases of this test file that are not removed yet. The environment of the tests fails a file that leaves one. */
const counted = globalThis as { openTestDatabases?: number };

function count<T extends { remove(): Promise<void> }>(data: T): T {
  const change = (by: 1 | -1): void => {
    counted.openTestDatabases = (counted.openTestDatabases ?? 0) + by;
  };
  change(1);
  return {
    ...data,
    remove: async () => {
      await data.remove();
      change(-1);
    },
  };
}

/** A directory of its own with a migrated, empty database; to be removed by the test. */
export async function freshDataDirectory(): Promise<{ directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-test-'));
  const { directory: template } = await databaseTemplate();
  await cp(join(template, 'pglite'), join(directory, 'pglite'), { recursive: true });
  return count({ directory, remove: () => rm(directory, { recursive: true, force: true }) });
}

/** Where a test keeps its state: a directory, and a database in it or on the Postgres that the suite runs on. */
export interface TestData {
  directory: string;
  /** Null: the embedded database in `directory`. */
  database: TestDatabase | null;
  remove(): Promise<void>;
}

export async function freshTestData(): Promise<TestData> {
  const server = postgresUrl();
  if (server === undefined) return { ...(await freshDataDirectory()), database: null };
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-test-'));
  const database = await freshDatabase(server, await migrationsHash());
  return count({
    directory,
    database,
    remove: async () => {
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  });
}
