import type { FastifyBaseLogger } from 'fastify';
import type { OutboxRow } from '../store/database.ts';
import type { Store } from '../store/open.ts';
import { markSent, takeDue } from '../store/outbox.ts';
import { forgetOldKeys, settleDueRuns } from '../store/sweep.ts';
import type { Engine } from './engine.ts';

const SWEEP_MS = 1_000;
const FORGET_MS = 60_000;
const BATCH = 50;

type Logger = Pick<FastifyBaseLogger, 'warn' | 'error'>;

/**
 * Sends what the outbox holds: right after a commit, and once a second whatever was not sent then. The same loop ends runs
 * whose time is over. Every API process has one; rows are taken by one of them at a time.
 */
export class OutboxSender {
  readonly #store: Store;
  readonly #engine: Engine;
  readonly #log: Logger;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #sending = new Set<Promise<void>>();
  #taking: Promise<void> | null = null;
  #again = false;
  #stopped = false;

  constructor(store: Store, engine: Engine, log: Logger) {
    this.#store = store;
    this.#engine = engine;
    this.#log = log;
  }

  start(): void {
    this.#timers.push(
      setInterval(() => void this.#sweep(), SWEEP_MS),
      setInterval(() => void this.#attempt('forget old keys', () => forgetOldKeys(this.#store)), FORGET_MS),
    );
    this.kick();
  }

  /** To be called after every commit that wrote to the outbox. Does not wait. */
  kick(): void {
    if (this.#stopped) return;
    if (this.#taking) {
      this.#again = true;
      return;
    }
    this.#taking = this.#takeAll().finally(() => {
      this.#taking = null;
    });
  }

  async #takeAll(): Promise<void> {
    do {
      this.#again = false;
      const rows = await this.#attempt('read the outbox', () => takeDue(this.#store.db, this.#store.now(), BATCH));
      for (const row of rows ?? []) {
        const sending = this.#send(row).finally(() => this.#sending.delete(sending));
        this.#sending.add(sending);
      }
      if (rows?.length === BATCH) this.#again = true;
    } while (this.#again && !this.#stopped);
  }

  async #send(row: OutboxRow): Promise<void> {
    const { project_id: projectId, run_id: runId } = row;
    try {
      await this.#engine[row.kind](projectId, runId);
      await markSent(this.#store.db, row.id);
    } catch (error) {
      // It stays in the outbox and comes up again.
      this.#log.warn({ err: error, runId, kind: row.kind, attempts: row.attempts }, 'Temporal could not be told of a run yet');
    }
  }

  async #sweep(): Promise<void> {
    await this.#attempt('end overdue runs', () => settleDueRuns(this.#store));
    this.kick();
  }

  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!this.#stopped) this.#log.error({ err: error }, `Could not ${what}; trying again`);
      return undefined;
    }
  }

  /** Stops taking rows and waits for those being sent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#taking;
    await Promise.all(this.#sending);
  }
}
