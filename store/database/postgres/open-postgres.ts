import { Pool } from 'pg';
import { DatabaseClock, type DatabaseClockOptions } from '../clock/database-clock.ts';
import { NotificationHub } from '../notifications.ts';
import { openStore, type Store, type OpenStoreOptions } from '../open.ts';
import { ListenConnectionError, PostgresListener, POLL_AFTER_MS, type ListenerEvents } from './listener.ts';

export interface PostgresOptions
  extends
    Pick<OpenStoreOptions, 'clock' | 'now' | 'projects' | 'onStatement'>,
    Pick<DatabaseClockOptions, 'onSkew'>,
    Partial<ListenerEvents> {
  /** `postgres://…`; may point to a pooler. */
  url: string;
  /** A direct URL for LISTEN, if `url` points to a pooler. Default: `url`. */
  listenUrl?: string | undefined;
  /** The most connections of the pool. One more connection listens. Default 20. */
  poolSize?: number;
}

/**
 * A process that freezes in a transaction (stopped, swapped out, cut off) must not hold its locks for ever, so Postgres ends
 * its session. Other sessions wait slightly longer than that for a lock. A statement sets both, since poolers refuse them as
 * options of the connection. Through a pooler in transaction mode, it reaches the pooler's own sessions one after another.
 */
const SESSION = "set idle_in_transaction_session_timeout = '5s'; set lock_timeout = '8s'";
/** Query timeout, in milliseconds. Our statements take milliseconds; a server that does not answer for this long is frozen. */
const ANSWER_MS = 15_000;
/** How long a request waits for a connection, in milliseconds. */
const CONNECT_MS = 5_000;

/** Opens a store on a Postgres server, version 15 or newer. */
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
  // The pool emits errors of idle connections only. Each client emits all of its own errors, which are handled below.
  pool.on('error', () => {});
  // A connection that breaks while it is checked out, between two statements, emits its error only here. An unhandled one would
  // end the process.
  pool.on('connect', (client) => client.on('error', onError));
  const hub = new NotificationHub(POLL_AFTER_MS);
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
