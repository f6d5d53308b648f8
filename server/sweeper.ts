import type { FastifyBaseLogger } from 'fastify';
import type { Store } from '../store/database/open.ts';
import { reviveLostRuns } from '../store/runs/signs-of-life.ts';
import { expireDueRuns, purgeExpired } from '../store/sweep.ts';
import { attempt } from './attempt.ts';

const SWEEP_MS = 1_000;
const PURGE_MS = 60_000;

/** A periodic job. Each runs independently, so that one that waits for a lock does not delay the others. */
interface Chore {
  what: string;
  everyMs: number;
  work: (store: Store) => Promise<unknown>;
}

/**
 * Expires overdue runs, restarts the workflows of runs that Temporal has lost, and deletes rows whose retention has ended. Every
 * API process has one. If two of them do the same work at once, it takes effect once.
 */
export class Sweeper {
  readonly #store: Store;
  readonly #log: Pick<FastifyBaseLogger, 'warn' | 'error'>;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #working = new Map<Chore, Promise<unknown>>();
  readonly #chores: readonly Chore[];
  #stopped = false;

  constructor(store: Store, log: Pick<FastifyBaseLogger, 'warn' | 'error'>) {
    this.#store = store;
    this.#log = log;
    this.#chores = [
      { what: 'end overdue runs', everyMs: SWEEP_MS, work: expireDueRuns },
      { what: 'restart lost runs', everyMs: SWEEP_MS, work: (from) => this.#revive(from) },
      { what: 'delete rows whose retention has ended', everyMs: PURGE_MS, work: purgeExpired },
    ];
  }

  start(): void {
    for (const chore of this.#chores) {
      this.#timers.push(setInterval(() => this.#do(chore), chore.everyMs));
      if (chore.everyMs === SWEEP_MS) this.#do(chore);
    }
  }

  async #revive(store: Store): Promise<void> {
    const runs = await reviveLostRuns(store);
    if (runs > 0) this.#log.warn({ runs }, 'Runs without a sign of life: their workflows are signalled or restarted');
  }

  #do(chore: Chore): void {
    if (this.#working.has(chore)) return;
    const working = attempt(
      chore.what,
      () => chore.work(this.#store),
      (fields, message) => this.#stopped || this.#log.error(fields, message),
    ).finally(() => this.#working.delete(chore));
    this.#working.set(chore, working);
  }

  /** Starts no more work, and waits until the current work is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#working.values());
  }
}
