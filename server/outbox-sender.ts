import type { FastifyBaseLogger } from 'fastify';
import type { OutgoingRow } from '../store/context.ts';
import type { Store } from '../store/open.ts';
import { markSent, takeDue } from '../store/outbox.ts';
import { reviveLostRuns } from '../store/runs/signs-of-life.ts';
import { isDatabaseUnavailable } from '../store/unavailable.ts';
import { forgetWhatIsOld, settleDueRuns } from '../store/sweep.ts';
import type { Engine } from './engine.ts';

const SWEEP_MS = 1_000;
const FORGET_MS = 60_000;
const BATCH = 50;
/** Rows that were sent are deleted together, a moment later: a row that is sent twice does no harm. */
const DELETE_AFTER_MS = 20;

type Logger = Pick<FastifyBaseLogger, 'warn' | 'error'>;

/**
 * Sends what the outbox holds: what this process writes right after its commit, and once a second whatever was not sent
 * then, here or elsewhere. The same loop ends runs whose time is over. Every API process has one; rows are taken by one of
 * them at a time.
 */
export class OutboxSender {
  readonly #store: Store;
  readonly #engine: Engine;
  readonly #log: Logger;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #sending = new Set<Promise<void>>();
  #sent: string[] = [];
  #deleting: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | null = null;
  #settling: Promise<unknown> | null = null;
  #stopped = false;

  constructor(store: Store, engine: Engine, log: Logger) {
    this.#store = store;
    this.#engine = engine;
    this.#log = log;
  }

  start(): void {
    this.#store.commits.sender = (rows) => this.#sendAll(rows);
    this.#timers.push(
      setInterval(() => this.#sweep(), SWEEP_MS),
      setInterval(() => void this.#attempt('forget what is old', () => forgetWhatIsOld(this.#store)), FORGET_MS),
    );
    this.#sweep();
  }

  #sendAll(rows: readonly OutgoingRow[]): void {
    for (const row of rows) {
      const sending = this.#send(row).finally(() => this.#sending.delete(sending));
      this.#sending.add(sending);
    }
  }

  async #send(row: OutgoingRow): Promise<void> {
    const { project_id: projectId, run_id: runId, kind } = row;
    try {
      await this.#engine[kind](projectId, runId);
    } catch (error) {
      // It stays in the outbox and comes up again.
      this.#log.warn({ err: error, runId, kind }, 'Temporal could not be told of a run yet');
      return;
    }
    this.#sent.push(row.id);
    this.#deleting ??= setTimeout(() => void this.#deleteSent(), DELETE_AFTER_MS);
  }

  async #deleteSent(): Promise<void> {
    clearTimeout(this.#deleting);
    this.#deleting = undefined;
    const ids = this.#sent;
    this.#sent = [];
    if (ids.length > 0) await this.#attempt('clear the outbox', () => markSent(this.#store.db, ids));
  }

  /** Side by side: a run that cannot be ended just now, since its row is locked, must not keep the outbox waiting. */
  #sweep(): void {
    this.#settling ??= this.#attempt('end overdue runs', () => settleDueRuns(this.#store)).finally(() => {
      this.#settling = null;
    });
    this.#sweeping ??= this.#reviveAndSend().finally(() => {
      this.#sweeping = null;
    });
  }

  async #reviveAndSend(): Promise<void> {
    const revived = await this.#attempt('look for lost runs', () => reviveLostRuns(this.#store));
    if (revived) this.#log.warn({ runs: revived }, 'Runs without a sign of life: their workflows are signalled, or started anew');
    await this.#sendDue();
  }

  async #sendDue(): Promise<void> {
    for (let full = true; full && !this.#stopped;) {
      const due = await this.#attempt('read the outbox', () => takeDue(this.#store, BATCH));
      this.#sendAll(due ?? []);
      full = due?.length === BATCH;
    }
  }

  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (this.#stopped) return undefined;
      const fields = isDatabaseUnavailable(error) ? { reason: (error as Error).message } : { err: error };
      this.#log.error(fields, `Could not ${what}; trying again`);
      return undefined;
    }
  }

  /** Stops taking rows and waits for those being sent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#store.commits.sender = null;
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([this.#sweeping, this.#settling]);
    await Promise.all(this.#sending);
    await this.#deleteSent();
  }
}
