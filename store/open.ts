import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import { KnownClock, type Clock } from './clock/clock.ts';
import type { CommitListeners, ProjectContext } from './context.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import type { Notifications } from './notifications.ts';

/** The project that callers without API keys belong to. */
export const DEFAULT_PROJECT = 'default';

/** An open database, migrated. */
export interface Store {
  readonly db: Kysely<Database>;
  readonly notifications: Notifications;
  /** The database's time: never compare what is stored with the process' own. */
  readonly clock: Clock;
  /** Its `now`. */
  readonly now: () => Date;
  readonly commits: CommitListeners;
  /** The migrations that opening it has applied. */
  readonly migrated: readonly string[];
  /** The way to every store function. */
  project(projectId: string): ProjectContext;
  close(): Promise<void>;
}

export interface StoreParts {
  pool: Pool;
  /** For migrations, which may take and wait longer than anything else. Ended after them. Default: `pool`. */
  migrationPool?: Pool;
  notifications: Notifications;
  /** Closes what lies under the pool. */
  close: () => Promise<void>;
  /** Where the database's time comes from. Default: the host's clock, which is also that of a database in this process. */
  clock?: Clock | undefined;
  /** The database's time, for tests that move it; goes before `clock`. */
  now?: (() => Date) | undefined;
  /** Projects to be there. */
  projects?: readonly string[];
  /** Told of every SQL statement, with the time it took in milliseconds. */
  onStatement?: ((milliseconds: number) => void) | undefined;
}

async function migrateThrough(pool: Pool | undefined, db: Kysely<Database>): Promise<string[]> {
  if (pool === undefined) return migrate(db);
  const own = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    return await migrate(own);
  } finally {
    await own.destroy();
  }
}

/** Migrates the database behind a pool and makes a store of it. Closes everything again if that fails. */
export async function openStore(parts: StoreParts): Promise<Store> {
  const clock = parts.now === undefined && parts.clock ? parts.clock : new KnownClock(parts.now);
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
  let migrated: string[];
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
  const commits: CommitListeners = { sender: null, statuses: null };
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
