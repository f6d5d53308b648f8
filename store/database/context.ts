import type { Kysely, Transaction } from 'kysely';
import type { RunStatus } from '../../schemas/run.ts';
import type { Clock } from './clock/clock.ts';
import type { Database, OutboxRow } from './tables.ts';

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
  readonly commits: CommitListeners;
}

/** A context inside a transaction. Only store/ uses it, so that a transaction awaits nothing but SQL. */
export interface TransactionContext {
  readonly projectId: string;
  readonly trx: Transaction<Database>;
  /** When the transaction began, by this process' estimate of the database's time. New timestamps are written with it. */
  readonly now: Date;
  /** Reads the database's time, which decides whether a run is overdue. */
  readonly askTime: () => Promise<Date>;
  /** Whether this process carries out its own outbox rows after the commit. */
  readonly sendsOutbox: boolean;
  /** What the commit listeners are called with after the commit. */
  readonly committing: Committed;
}

/** The part of an outbox row that says what to carry out. */
export type OutgoingRow = Pick<OutboxRow, 'id' | 'project_id' | 'action' | 'workflow_type' | 'workflow_id' | 'job' | 'arguments'>;

/** What a transaction of this process has committed. */
export interface Committed {
  /** New statuses of runs, in order. */
  statuses: RunStatus[];
  /** Rows inserted into the outbox. */
  outgoing: OutgoingRow[];
}

/** Callbacks for what this process commits. They are called after each commit, with everything that it contains. */
export interface CommitListeners {
  /** Carries out outbox rows. While it is set, other processes leave new rows to this process for a moment. */
  sender: ((rows: readonly OutgoingRow[]) => void) | null;
  /** Counts changes of status. */
  statuses: ((statuses: readonly RunStatus[]) => void) | null;
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
