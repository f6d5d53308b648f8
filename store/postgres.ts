import { setTimeout as delay } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { NotificationHub, RUN_CHANNEL } from './notifications.ts';
import { openStore, type Store, type StoreParts } from './open.ts';

export interface PostgresOptions extends Pick<StoreParts, 'now' | 'projects'> {
  /** `postgres://…` */
  url: string;
  /** Connections at most; one more listens. Default 20. */
  poolSize?: number;
  /** Hears of trouble with idle and listening connections; both are made anew by themselves. */
  onConnectionError?: (error: Error) => void;
}

const RESCAN_AFTER_MS = 2_000;
const RELISTEN_AFTER_MS = 1_000;

/** A connection of its own that listens, made anew whenever it breaks. What is missed meanwhile, readers find by looking again. */
class Listener {
  readonly #url: string;
  readonly #hub: NotificationHub;
  readonly #onError: (error: Error) => void;
  #client: Client | undefined;
  #closed = false;

  constructor(url: string, hub: NotificationHub, onError: (error: Error) => void) {
    this.#url = url;
    this.#hub = hub;
    this.#onError = onError;
  }

  async listen(): Promise<void> {
    const client = new Client({ connectionString: this.#url, keepAlive: true });
    this.#client = client;
    client.on('notification', ({ payload }) => payload !== undefined && this.#hub.receive(payload));
    client.on('error', (error) => {
      this.#onError(error);
      void this.#listenAgain();
    });
    await client.connect();
    await client.query(`listen ${RUN_CHANNEL}`);
  }

  async #listenAgain(): Promise<void> {
    while (!this.#closed) {
      await delay(RELISTEN_AFTER_MS);
      if (this.#closed) return;
      try {
        await this.listen();
        return;
      } catch (error) {
        this.#onError(error as Error);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client?.end().catch(() => undefined);
  }
}

/** A store on a Postgres server, 15 or newer. */
export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const onError = options.onConnectionError ?? ((): void => {});
  const pool = new Pool({ connectionString: options.url, max: options.poolSize ?? 20 });
  pool.on('error', onError);
  const hub = new NotificationHub(RESCAN_AFTER_MS);
  const listener = new Listener(options.url, hub, onError);
  const store = await openStore({ ...options, pool, notifications: hub, close: () => listener.close() });
  try {
    await listener.listen();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}
