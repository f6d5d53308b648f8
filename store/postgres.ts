import { Pool } from 'pg';
import { DatabaseClock, type DatabaseClockOptions } from './clock/database-clock.ts';
import { NotificationHub } from './notifications.ts';
import { openStore, type Store, type StoreParts } from './open.ts';
import { ListenConnectionError, PostgresListener, RESCAN_AFTER_MS, type ListenerEvents } from './postgres-listener.ts';

export interface PostgresOptions
  extends
    Pick<StoreParts, 'clock' | 'now' | 'projects' | 'onStatement'>,
    Pick<DatabaseClockOptions, 'onSkew'>,
    Partial<ListenerEvents> {
  /** `postgres://…`; may lead through a pooler. */
  url: string;
  /** A direct connection for LISTEN, where `url` leads through a pooler. Default: `url`. */
  listenUrl?: string | undefined;
  /** Connections at most; one more listens. Default 20. */
  poolSize?: number;
}

/**
 * A process that is frozen in a transaction (stopped, swapped out, cut off) must not hold its locks for ever: Postgres ends
 * its session. Others wait a moment longer than that for a lock. Set by statement, since poolers refuse it as an option of
 * the connection; through one in transaction mode it reaches the pooler's own sessions one after another.
 */
const SESSION = "set idle_in_transaction_session_timeout = '5s'; set lock_timeout = '8s'";
/** A statement of ours takes milliseconds; a server that does not answer for this long is frozen. */
const ANSWER_MS = 15_000;
/** A request waits that long for a connection, in milliseconds. */
const CONNECT_MS = 5_000;

/** A store on a Postgres server, 15 or newer. */
export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const { url, listenUrl = url, onError = () => {}, onListenUnavailable = () => {} } = options;
  const pool = new Pool({
    connectionString: url,
    max: options.poolSize ?? 20,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    onConnect: async (client) => {
      await client.query(SESSION);
    },
  });
  // The pool tells of idle connections only, its clients of themselves.
  pool.on('error', () => {});
  // A connection that breaks while it is in use, between two statements, has nobody else to tell; unheard, that ends the process.
  pool.on('connect', (client) => client.on('error', onError));
  const hub = new NotificationHub(RESCAN_AFTER_MS);
  const listener = new PostgresListener(listenUrl, pool, hub, { onError, onListenUnavailable });
  const migrationPool = new Pool({ connectionString: url, max: 1, connectionTimeoutMillis: CONNECT_MS });
  migrationPool.on('error', onError);
  const store = await openStore({
    clock: new DatabaseClock({ onSkew: options.onSkew }),
    ...options,
    pool,
    migrationPool,
    notifications: hub,
    close: () => listener.close(),
  });
  try {
    await listener.listen();
  } catch (error) {
    await store.close();
    throw listenUrl === url ? error : new ListenConnectionError((error as Error).message, { cause: error });
  }
  return store;
}
