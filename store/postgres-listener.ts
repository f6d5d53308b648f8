import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { RUN_CHANNEL, type NotificationHub } from './notifications.ts';

/** How often to look where notices come, and where they do not, in milliseconds. */
export const RESCAN_AFTER_MS = 2_000;
const RESCAN_WITHOUT_LISTEN_MS = 250;
const RELISTEN_AFTER_MS = 1_000;
/** A notice that takes longer does not come. */
const PROBE_MS = 1_000;
const PROBE = 'probe:';
/** A connection that takes longer is not made, and tried again. */
const CONNECT_MS = 5_000;

/** The connection for LISTEN cannot be made, though the others can. */
export class ListenConnectionError extends Error {
  override readonly name = 'ListenConnectionError';
}

export interface ListenerEvents {
  /** The connection broke, or could not be made; it is tried again. */
  onError(error: Error): void;
  /** Notices do not come through this connection: a pooler in transaction mode takes LISTEN and forgets it. */
  onListenUnavailable(): void;
}

/**
 * A connection of its own that listens, made anew whenever it breaks. Whether notices really come is tried once per
 * connection; where they do not, readers look again four times a second.
 */
export class PostgresListener {
  readonly #url: string;
  readonly #pool: Pool;
  readonly #hub: NotificationHub;
  readonly #events: ListenerEvents;
  #client: Client | undefined;
  #closed = false;

  constructor(url: string, pool: Pool, hub: NotificationHub, events: ListenerEvents) {
    this.#url = url;
    this.#pool = pool;
    this.#hub = hub;
    this.#events = events;
  }

  async listen(): Promise<void> {
    const client = new Client({ connectionString: this.#url, keepAlive: true, connectionTimeoutMillis: CONNECT_MS });
    this.#client = client;
    const probe = `${PROBE}${randomUUID()}`;
    const heard = Promise.withResolvers<boolean>();
    client.on('notification', ({ payload = '' }) => {
      if (payload === probe) heard.resolve(true);
      else if (!payload.startsWith(PROBE)) this.#hub.receive(payload);
    });
    client.on('error', (error) => {
      this.#events.onError(error);
      void this.#listenAgain();
    });
    await client.connect();
    await client.query(`listen ${RUN_CHANNEL}`);
    void this.#receive(probe, heard);
  }

  async #receive(probe: string, heard: PromiseWithResolvers<boolean>): Promise<void> {
    const timer = setTimeout(() => heard.resolve(false), PROBE_MS);
    await this.#pool.query('select pg_notify($1, $2)', [RUN_CHANNEL, probe]).catch(() => undefined);
    const hears = await heard.promise;
    clearTimeout(timer);
    this.#hub.rescanAfterMs = hears ? RESCAN_AFTER_MS : RESCAN_WITHOUT_LISTEN_MS;
    if (!hears && !this.#closed) this.#events.onListenUnavailable();
  }

  async #listenAgain(): Promise<void> {
    while (!this.#closed) {
      await delay(RELISTEN_AFTER_MS);
      if (this.#closed) return;
      try {
        await this.listen();
        return;
      } catch (error) {
        this.#events.onError(error as Error);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client?.end().catch(() => undefined);
  }
}
