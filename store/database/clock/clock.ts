import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Database } from '../tables.ts';

/**
 * The database's time. All processes write it into timestamps and compare timestamps with it. They never use their own clocks
 * for this, since those may differ.
 */
export interface Clock {
  /** The database's time as this process estimates it, without a query. */
  readonly now: () => Date;
  /** The largest possible error of `now` in either direction, in milliseconds. */
  uncertaintyMs(): number;
  /**
   * The current time as SQL, for a statement outside a transaction: the database's own time where possible. Build it anew for
   * each statement.
   */
  sqlNow(): RawBuilder<Date>;
  /**
   * Reads the database's time with one statement, also within a transaction. Irreversible changes are decided by it.
   * @throws if the database does not answer
   */
  ask(db: Kysely<Database>): Promise<Date>;
  /**
   * Resolves at once, unless this process stood still or its host's clock was set. In that case it resolves after the
   * database's time has been read again.
   * @throws if the database does not answer
   */
  ready(): Promise<void>;
  /** How far the host's clock is ahead of the database's, in seconds; negative if it is behind. */
  skewSeconds(): number;
  /** Whether the clocks certainly differ by more than {@link MOST_SKEW_MS}. */
  isSkewed(): boolean;
  /** Starts the clock. Called once, before any other method. @throws if the database does not answer */
  start(db: Kysely<Database>): Promise<void>;
  stop(): void;
}

/** The most that a host's clock may differ from the database's, in milliseconds. Beyond that, the host's clock should be set. */
export const MOST_SKEW_MS = 1_000;

/** A clock that needs no query: the host's, if the database runs on it, or one that tests set. */
export class LocalClock implements Clock {
  readonly now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.now = now;
  }

  uncertaintyMs(): number {
    return 0;
  }

  sqlNow(): RawBuilder<Date> {
    return sql<Date>`${this.now()}::timestamptz`;
  }

  async ask(): Promise<Date> {
    return this.now();
  }

  async ready(): Promise<void> {}

  skewSeconds(): number {
    return 0;
  }

  isSkewed(): boolean {
    return false;
  }

  async start(): Promise<void> {}

  stop(): void {}
}
