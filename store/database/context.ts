import type { Kysely, Transaction } from 'kysely';
import type { Clock } from './clock/clock.ts';
import type { Commits, Committed } from './commits.ts';
import type { Database } from './tables.ts';

/**
 * The project and the database that a store function works on. Every context has a project, so nothing can be read across
 * projects.
 */
export interface ProjectContext {
  readonly projectId: string;
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  /** `clock.now`. */
  readonly now: () => Date;
  readonly commits: Commits;
}

/** A context inside a transaction. Only store/ uses it, so that a transaction awaits nothing but SQL. */
export interface TransactionContext {
  readonly projectId: string;
  readonly db: Transaction<Database>;
  /** When the transaction began, by this process' estimate of the database's time. New timestamps are written with it. */
  readonly now: Date;
  /** Reads the database's time, which decides whether a run is overdue. */
  readonly readDatabaseTime: () => Promise<Date>;
  /** Whether this process carries out its own outbox rows after the commit. */
  readonly sendsOutbox: boolean;
  /** What the listeners for commits are called with after the commit. */
  readonly committing: Committed;
}

/**
 * A request that may arrive more than once. The hash of the body makes sure that one key is not used for two different
 * requests.
 */
export interface Idempotency {
  route: string;
  key: string;
  bodyHash: string;
  /** The request says that it was sent before. It is refused if its key is unknown. */
  repeated?: boolean;
}
