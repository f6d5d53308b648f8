import type { Kysely, Transaction } from 'kysely';
import type { Database } from './database.ts';

/** Where and for whom store functions act. Without a project there is no context, so nothing can be read across projects. */
export interface ProjectContext {
  readonly projectId: string;
  readonly db: Kysely<Database>;
  readonly now: () => Date;
}

/** A context inside a transaction. Only store/ ever holds one: nothing but SQL is awaited inside. */
export interface TransactionContext {
  readonly projectId: string;
  readonly trx: Transaction<Database>;
  readonly now: Date;
}

/** A request that may arrive twice. The hash is over the body, so that a key cannot be used for two requests. */
export interface Idempotency {
  route: string;
  key: string;
  bodyHash: string;
}
