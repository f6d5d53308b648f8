import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Database } from '../database.ts';

/**
 * The database's time, which every process goes by: what is written into its timestamps, and what they are compared with. No
 * process' own clock counts, since others' may differ from it.
 */
export interface Clock {
  /** What time it is at the database, as far as this process knows without asking. */
  readonly now: () => Date;
  /** How far that may be from the truth, either way, in milliseconds. */
  uncertaintyMs(): number;
  /** The time for a statement that is sent by itself: the database's own word where it has one. To be built anew each time. */
  sqlNow(): RawBuilder<Date>;
  /** Asks the database, in one statement, also within a transaction. What cannot be taken back is decided by this. @throws if it does not answer */
  ask(db: Kysely<Database>): Promise<Date>;
  /**
   * Settles at once, unless this process stood still or its host's clock was set: then once the database was asked again.
   * @throws if it does not answer
   */
  ready(): Promise<void>;
  /** How far the host's own clock is ahead of the database's, in seconds; negative if it is behind. */
  skewSeconds(): number;
  /** Whether that is more than {@link MOST_SKEW_MS}, for certain. */
  isSkewed(): boolean;
  /** Makes it go. Called once, before anything else. @throws if the database does not answer */
  start(db: Kysely<Database>): Promise<void>;
  stop(): void;
}

/** A host whose clock differs by more than that from the database's is to be set, in milliseconds. */
export const MOST_SKEW_MS = 1_000;

/** A clock that is known without asking: the host's, where the database is on it; one that tests move. */
export class KnownClock implements Clock {
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
