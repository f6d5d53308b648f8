import type { Kysely, Transaction } from 'kysely';
import type { RunStatus } from '../schemas/run.ts';
import type { Clock } from './clock/clock.ts';
import type { Database, OutboxRow } from './database.ts';

/** Where and for whom store functions act. Without a project there is no context, so nothing can be read across projects. */
export interface ProjectContext {
  readonly projectId: string;
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  /** The clock's. */
  readonly now: () => Date;
  readonly commits: CommitListeners;
}

/** A context inside a transaction. Only store/ ever holds one: nothing but SQL is awaited inside. */
export interface TransactionContext {
  readonly projectId: string;
  readonly trx: Transaction<Database>;
  /** When it began, as far as this process knows: what is written. */
  readonly now: Date;
  /** Asks the database what time it is: what a run's end is decided by. */
  readonly askTime: () => Promise<Date>;
  /** Whether this process sends what it writes to the outbox by itself. */
  readonly sendsOutbox: boolean;
  /** What listeners are told of after the commit. */
  readonly committing: Committed;
}

/** A row of the outbox: what is to be done. */
export type OutgoingRow = Pick<OutboxRow, 'id' | 'project_id' | 'action' | 'workflow_type' | 'workflow_id' | 'job' | 'arguments'>;

/** What a transaction of this process has committed. */
export interface Committed {
  /** Statuses that runs have got, in order. */
  statuses: RunStatus[];
  /** Rows of the outbox. */
  outgoing: OutgoingRow[];
}

/** Who wants to know what this process commits. Called after the commit, with all that it holds. */
export interface CommitListeners {
  /** Sends the outbox. As long as there is one, new rows are left to it for a moment before any other process takes them. */
  sender: ((rows: readonly OutgoingRow[]) => void) | null;
  /** Counts changes of status. */
  statuses: ((statuses: readonly RunStatus[]) => void) | null;
}

/** A request that may arrive twice. The hash is over the body, so that a key cannot be used for two requests. */
export interface Idempotency {
  route: string;
  key: string;
  bodyHash: string;
  /** The request says that it was sent before: if it was not, it is refused. */
  repeated?: boolean;
}
