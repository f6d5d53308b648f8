import { readdir, readFile } from 'node:fs/promises';
import { sql, type Kysely } from 'kysely';
import type { Database } from './database.ts';

const DIRECTORY = new URL('./migrations/', import.meta.url);
/** Any number that no other program uses for a lock: "dura" in ASCII. */
const ADVISORY_LOCK = 0x64757261;

/** A version before the first release created the database. Its tables cannot be migrated. */
export class UnreleasedSchemaError extends Error {
  override readonly name = 'UnreleasedSchemaError';
}

/** The schema in the database is newer than this program. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
}

async function files(): Promise<{ id: number; name: string }[]> {
  const names = (await readdir(DIRECTORY)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).toSorted();
  return names.map((name) => ({ id: Number(name.slice(0, 4)), name }));
}

interface Applied {
  id: number;
  name: string;
}

export interface PendingMigrations {
  names: string[];
  /** The first applied migration that only a later version knows; null if there is none. */
  unknown: string | null;
  /**
   * An applied migration whose number belongs to another one today, from a version before the first release; null if there is
   * none.
   */
  unreleased: string | null;
}

/** The applied migrations, read with `run`. Empty if the table does not exist yet. */
export async function readApplied(run: (text: string) => Promise<Record<string, unknown>[]>): Promise<readonly Applied[]> {
  const [found] = await run("select to_regclass('schema_migrations') is not null as there");
  if (found?.['there'] !== true) return [];
  return (await run('select id, name from schema_migrations order by id')) as unknown as Applied[];
}

/** Compares the applied migrations with the files of this version. */
export async function pendingMigrations(applied: () => Promise<readonly Applied[]>): Promise<PendingMigrations> {
  const known = await files();
  const done = await applied();
  const ids = new Set(done.map(({ id }) => id));
  return {
    names: known.filter(({ id }) => !ids.has(id)).map(({ name }) => name),
    unreleased: done.find(({ id, name }) => known.some((file) => file.id === id && file.name !== name))?.name ?? null,
    unknown: done.find(({ id }) => !known.some((file) => file.id === id))?.name ?? null,
  };
}

/**
 * Brings the schema up to date: applies every numbered file once, in order. All of them run in one transaction under a lock, so
 * this may be called repeatedly and by several processes at once. Returns the names of the files that were applied.
 * @throws {NewerSchemaError} if a later version of the program has migrated this database; {UnreleasedSchemaError}
 */
export async function migrate(db: Kysely<Database>): Promise<string[]> {
  // Checked first, so that a database user without the right to change the schema can work with an up-to-date one.
  if ((await toApply(db)).length === 0) return [];
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`.execute(trx);
    await sql`create table if not exists schema_migrations (
      id integer primary key, name text not null, applied_at timestamptz not null default now())`.execute(trx);
    const names = await toApply(trx);
    for (const name of names) {
      await sql`insert into schema_migrations (id, name) values (${Number(name.slice(0, 4))}, ${name})`.execute(trx);
      await sql.raw(await readFile(new URL(name, DIRECTORY), 'utf8')).execute(trx);
    }
    return names;
  });
}

async function toApply(db: Kysely<Database>): Promise<string[]> {
  const { names, unknown, unreleased } = await pendingMigrations(() =>
    readApplied(async (text) => (await sql.raw<Record<string, unknown>>(text).execute(db)).rows),
  );
  if (unreleased !== null) {
    throw new UnreleasedSchemaError(
      'This database was made by a version before the first release, which cannot be brought up to date: use an empty one (another DATA_DIR, or another database).',
    );
  }
  if (unknown === null) return names;
  throw new NewerSchemaError(
    `The database has the migration ${unknown}, which this version does not know. Install the version that made it, or a later one.`,
  );
}
