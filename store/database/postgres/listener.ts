import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { RUN_CHANNEL, type NotificationHub } from '../notifications.ts';

/** Poll interval while notifications arrive, and while they do not, in milliseconds. */
export const POLL_AFTER_MS = 2_000;
const POLL_WITHOUT_LISTEN_MS = 250;
const RECONNECT_AFTER_MS = 1_000;
/** How long to wait for the probe before notifications count as unavailable, in milliseconds. */
const PROBE_MS = 1_000;
const PROBE = 'probe:';
/** Connection timeout, in milliseconds. A failed reconnection is retried. */
const CONNECT_MS = 5_000;

/** The connection to `listenUrl` failed, although the one to `url` works. */
export class ListenConnectionError extends Error {
  override readonly name = 'ListenConnectionError';
}

export interface ListenerEvents {
  /** The connection broke or could not be made. It is retried. */
  onError(error: Error): void;
  /** Notifications do not arrive on this connection: a pooler in transaction mode accepts LISTEN and then forgets it. */
  onListenUnavailable(): void;
}

/**
 * A dedicated connection for LISTEN, re-established whenever it breaks. A probe checks once per connection whether
 * notifications arrive. If they do not, readers poll four times a second.
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
    const probeReceived = Promise.withResolvers<boolean>();
    client.on('notification', ({ payload = '' }) => {
      if (payload === probe) probeReceived.resolve(true);
      else if (!payload.startsWith(PROBE)) this.#hub.receive(payload);
    });
    client.on('error', (error) => {
      this.#events.onError(error);
      void this.#reconnect();
    });
    await client.connect();
    await client.query(`listen ${RUN_CHANNEL}`);
    void this.#awaitProbe(probe, probeReceived);
  }

  async #awaitProbe(probe: string, probeReceived: PromiseWithResolvers<boolean>): Promise<void> {
    const timer = setTimeout(() => probeReceived.resolve(false), PROBE_MS);
    await this.#pool.query('select pg_notify($1, $2)', [RUN_CHANNEL, probe]).catch(() => undefined);
    const received = await probeReceived.promise;
    clearTimeout(timer);
    this.#hub.pollAfterMs = received ? POLL_AFTER_MS : POLL_WITHOUT_LISTEN_MS;
    if (!received && !this.#closed) this.#events.onListenUnavailable();
  }

  async #reconnect(): Promise<void> {
    while (!this.#closed) {
      await delay(RECONNECT_AFTER_MS);
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
