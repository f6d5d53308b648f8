import { sql, type Kysely } from 'kysely';
import type { Database } from './tables.ts';
import { migrationFiles, type MigrationFile } from './migration-files.ts';

/** Any number that no other program uses for a lock: "dura" in ASCII. */
const ADVISORY_LOCK = 0x64757261;
const CORE = 'core';

/**
 * The database was made by a migration that is not this version's: by a version before the first release, or by another edition of
 * a file. It cannot be migrated.
 */
export class ChangedSchemaError extends Error {
  override readonly name = 'ChangedSchemaError';
}

/** The schema in the database is newer than this program, and says that older ones cannot work with it. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
}

/** A row of `schema_migrations`. */
interface Applied {
  id: number;
  name: string;
  /** Null in a database of a version before the first release. */
  hash: string | null;
  breaking: boolean;
}

/** A database's migrations, compared with the files of this version. */
export interface MigrationState {
  /** To be applied, in order. */
  pending: readonly MigrationFile[];
  /** Names of applied migrations that only a later version knows, and that do not keep this one from working. */
  newer: readonly string[];
  /** The first applied migration of a later version with which this one cannot work; null if there is none. */
  breaking: string | null;
  /** An applied migration that differs from this version's file; null if there is none. */
  changed: string | null;
  /** `changed` is of a version before the first release. */
  unreleased: boolean;
}

/** Reads the migrations of a database, whichever way SQL is run. Changes nothing. */
export async function readMigrations(
  run: (text: string) => Promise<Record<string, unknown>[]>,
  files?: readonly MigrationFile[],
): Promise<MigrationState> {
  const known = files ?? (await migrationFiles(CORE));
  const [found] = await run(`select to_regclass('schema_migrations') is not null as there,
    exists (select from pg_attribute where attrelid = to_regclass('schema_migrations') and attname = 'hash') as has_hash`);
  let applied: Applied[] = [];
  if (found?.['has_hash'] === true) {
    applied = (await run(
      `select id, name, hash, breaking from schema_migrations where set = '${CORE}' order by id`,
    )) as unknown as Applied[];
  } else if (found?.['there'] === true) {
    applied = (await run(
      'select id, name, null as hash, false as breaking from schema_migrations order by id',
    )) as unknown as Applied[];
  }
  const fileOf = new Map(known.map((file) => [file.id, file]));
  const done = new Set(applied.map(({ id }) => id));
  const unknown = applied.filter(({ id }) => !fileOf.has(id));
  return {
    pending: known.filter(({ id }) => !done.has(id)),
    newer: unknown.map(({ name }) => name),
    breaking: unknown.find(({ breaking }) => breaking)?.name ?? null,
    unreleased: applied.some(({ hash }) => hash === null),
    changed: applied.find(({ id, hash }) => fileOf.has(id) && fileOf.get(id)?.hash !== hash)?.name ?? null,
  };
}

export interface Migrated {
  /** Names of the files that were applied now. */
  applied: readonly string[];
  /** As in {@link MigrationState}. */
  newer: readonly string[];
}

/**
 * Brings the schema up to date: applies every file once, in order. Files that follow each other run in one transaction under a
 * lock, so this may be called repeatedly and by several processes at once. `files` is for tests.
 * @throws {NewerSchemaError} if a later version has migrated this database in a way that breaks this one;
 * {ChangedSchemaError}
 */
export async function migrate(db: Kysely<Database>, files?: readonly MigrationFile[]): Promise<Migrated> {
  const applied: string[] = [];
  for (;;) {
    // Read without the lock, so that a database user without the right to change the schema can work with an up-to-date one.
    const { pending, newer } = await usableState(db, files);
    const [next] = pending;
    if (next === undefined) return { applied, newer };
    applied.push(...(next.transactional ? await applyInTransaction(db, files) : await applyAlone(db, next)));
  }
}

async function usableState(db: Kysely<Database>, files?: readonly MigrationFile[]): Promise<MigrationState> {
  const run = async (text: string) => (await sql.raw<Record<string, unknown>>(text).execute(db)).rows;
  const state = await readMigrations(run, files);
  if (state.changed !== null) {
    const why = state.unreleased
      ? 'This database was made by a version before the first release'
      : `This database was made by another edition of the migration ${state.changed}`;
    throw new ChangedSchemaError(
      `${why}, which cannot be brought up to date: use an empty one (another DATA_DIR, or another database).`,
    );
  }
  if (state.breaking !== null) {
    throw new NewerSchemaError(
      `The database has the migration ${state.breaking}, with which this version cannot work. Install the version that made it, or a later one.`,
    );
  }
  return state;
}

/** All pending files up to the first one that cannot run in a transaction. */
async function applyInTransaction(db: Kysely<Database>, files?: readonly MigrationFile[]): Promise<string[]> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`.execute(trx);
    await sql`create table if not exists schema_migrations (set text not null, id integer not null, name text not null,
      hash text not null, breaking boolean not null, applied_at timestamptz not null default now(), primary key (set, id))`.execute(
      trx,
    );
    const { pending } = await usableState(trx, files);
    const end = pending.findIndex(({ transactional }) => !transactional);
    const batch = pending.slice(0, end === -1 ? undefined : end);
    for (const file of batch) {
      await insertApplied(trx, file);
      await sql.raw(file.text).execute(trx);
    }
    return batch.map(({ name }) => name);
  });
}

async function applyAlone(db: Kysely<Database>, file: MigrationFile): Promise<string[]> {
  await sql.raw(file.text).execute(db);
  await insertApplied(db, file);
  return [file.name];
}

async function insertApplied(db: Kysely<Database>, { set, id, name, hash, breaking }: MigrationFile): Promise<void> {
  await sql`insert into schema_migrations (set, id, name, hash, breaking) values (${set}, ${id}, ${name}, ${hash}, ${breaking})
    on conflict do nothing`.execute(db);
}
