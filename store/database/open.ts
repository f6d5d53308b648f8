import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import { LocalClock, type Clock } from './clock/clock.ts';
import { Commits } from './commits.ts';
import type { ProjectContext } from './context.ts';
import type { Database } from './tables.ts';
import { migrate, type Migrated } from './migrate.ts';
import type { Notifications } from './notifications.ts';

/** The project that callers without API keys belong to. */
export const DEFAULT_PROJECT = 'default';

/** An open and migrated database. */
export interface Store {
  readonly db: Kysely<Database>;
  readonly notifications: Notifications;
  /** The database's time. Never compare stored timestamps with the process' own clock. */
  readonly clock: Clock;
  /** `clock.now`. */
  readonly now: () => Date;
  readonly commits: Commits;
  /** What opening the store has done to its schema. */
  readonly migrated: Migrated;
  /** Returns the context for store functions of a project. */
  project(projectId: string): ProjectContext;
  close(): Promise<void>;
}

export interface OpenStoreOptions {
  pool: Pool;
  /** The pool for migrations, which may run and wait longer than other statements. It is ended after them. Default: `pool`. */
  migrationPool?: Pool;
  notifications: Notifications;
  /** Closes what the pool is built on. */
  close: () => Promise<void>;
  /** The source of the database's time. Default: the host's clock, which a database in this process uses too. */
  clock?: Clock | undefined;
  /** The database's time, for tests that set it. Takes precedence over `clock`. */
  now?: (() => Date) | undefined;
  /** Projects to create unless they exist. */
  projects?: readonly string[];
  /** Called after every SQL statement, with its duration in milliseconds. */
  onStatement?: ((milliseconds: number) => void) | undefined;
}

async function migrateThrough(pool: Pool | undefined, db: Kysely<Database>): Promise<Migrated> {
  if (pool === undefined) return migrate(db);
  const own = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await migrate(own);
  } finally {
    await own.destroy();
  }
}

/** Migrates a pool's database and opens a store on it. Closes everything again if that fails. */
export async function openStore(parts: OpenStoreOptions): Promise<Store> {
  const clock = parts.now === undefined && parts.clock ? parts.clock : new LocalClock(parts.now);
  const { now } = clock;
  const { onStatement } = parts;
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: parts.pool }),
    ...(onStatement && { log: (event) => onStatement(event.queryDurationMillis) }),
  });
  const close = async (): Promise<void> => {
    clock.stop();
    await db.destroy();
    await parts.close();
  };
  let migrated: Migrated;
  try {
    migrated = await migrateThrough(parts.migrationPool, db);
    await clock.start(db);
    const projects = [...new Set([DEFAULT_PROJECT, ...(parts.projects ?? [])])];
    await db
      .insertInto('projects')
      .values(projects.map((id) => ({ id })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  } catch (error) {
    await close();
    throw error;
  }
  const commits = new Commits();
  return {
    db,
    notifications: parts.notifications,
    clock,
    now,
    commits,
    migrated,
    project: (projectId) => ({ projectId, db, clock, now, commits }),
    close,
  };
}
