import { setTimeout as delay } from 'node:timers/promises';
import { Runtime } from '@temporalio/worker';
import { within } from './within.ts';
import type { WatchedWorker } from './watched-worker.ts';

/** The pause before a new worker is created, in milliseconds. It doubles with each worker that fails early, up to the maximum. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** A worker that fails after less than this has failed early, in milliseconds. */
const EARLY_MS = 5_000;
/** How long a failed worker may take to end after its grace time, in milliseconds. */
const END_MS = 5_000;

/** The error with which a worker failed. If `error` is undefined, the SDK has logged it. */
interface Failed {
  error: unknown;
}

/**
 * A Temporal worker that is replaced by a new one whenever it fails, until it is shut down. Each failure (a completion that
 * Temporal's core rejects, polls that are refused, a workflow thread that dies) is logged with the SDK's logger and affects
 * nothing else in the process. Temporal retries the tasks that the failed worker had begun.
 */
export class SupervisedWorker {
  readonly #make: () => Promise<WatchedWorker>;
  readonly #ending = new AbortController();
  readonly #ended = Promise.withResolvers<null>();
  readonly #pendingEnds = new Set<Promise<void>>();
  #current: WatchedWorker | null;

  private constructor(make: () => Promise<WatchedWorker>, first: WatchedWorker) {
    this.#make = make;
    this.#current = first;
    this.#ending.signal.addEventListener('abort', () => this.#ended.resolve(null));
  }

  /** Calls `make` now, and again after each worker that fails. @throws the error of the first call */
  static async create(make: () => Promise<WatchedWorker>): Promise<SupervisedWorker> {
    return new SupervisedWorker(make, await make());
  }

  /** What prevents the worker from working now, as text for a readiness check; null if nothing does. */
  get problem(): string | null {
    const state = this.#current?.getState();
    if (state === 'RUNNING') return null;
    if (this.#ending.signal.aborted) return 'the worker is ending';
    return state === undefined || state === 'FAILED'
      ? 'the worker failed and is being made anew'
      : `the worker is ${state.toLowerCase()}`;
  }

  /** Works until it is shut down. Never rejects. */
  async run(): Promise<void> {
    let earlyFailures = 0;
    for (let worker = this.#current; worker !== null; worker = await this.#createNext(earlyFailures)) {
      const began = performance.now();
      const failed = await this.#runOne(worker);
      if (failed === null) break;
      this.#current = null;
      earlyFailures = performance.now() - began > EARLY_MS ? 1 : earlyFailures + 1;
      const message = this.#ending.signal.aborted
        ? 'A Temporal worker failed during its shutdown'
        : 'A Temporal worker failed; another is made';
      const { taskQueue } = worker.options;
      Runtime.instance().logger.error(message, { taskQueue, ...(failed.error !== undefined && { error: failed.error }) });
    }
    await Promise.all(this.#pendingEnds);
  }

  /** Ends `run` once everything in progress has ended, or the grace time is over. */
  shutdown(): void {
    this.stopReplacing();
    if (this.#current?.getState() === 'RUNNING') this.#current.shutdown();
  }

  /** From now on a failed worker is not replaced, and its failure ends `run`. For shutdowns that Temporal's Runtime performs. */
  stopReplacing(): void {
    this.#ending.abort();
  }

  /** Runs the worker. Returns null once it was shut down, or the failure as soon as it begins to fail. */
  async #runOne(worker: WatchedWorker): Promise<Failed | null> {
    this.#current = worker;
    const running = worker.run().then(
      () => null,
      (error: unknown) => ({ error }),
    );
    // The shutdown was requested before the worker was running.
    if (this.#ending.signal.aborted) this.shutdown();
    const failed = await Promise.race([running, worker.failing.then((error) => ({ error }))]);
    if (failed !== null) this.#letEnd(worker, running);
    return failed;
  }

  /** Creates a new worker after a pause, and retries until that succeeds; returns null after a shutdown was requested. */
  async #createNext(earlyFailures: number): Promise<WatchedWorker | null> {
    const { signal } = this.#ending;
    for (let tries = earlyFailures; !signal.aborted; tries += 1) {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      const making = this.#make();
      try {
        const made = await Promise.race([making, this.#ended.promise]);
        if (made === null) this.#discard(making);
        return made;
      } catch (error) {
        Runtime.instance().logger.error('A new Temporal worker could not be created; retrying', { error });
      }
    }
    return null;
  }

  /** Lets a failed worker end while its successor works: it may still finish tasks that it has begun. */
  #letEnd(worker: WatchedWorker, running: Promise<unknown>): void {
    const end = async (): Promise<void> => {
      const { signal } = this.#ending;
      const timeout = delay(worker.options.shutdownGraceTimeMs + END_MS, undefined, { signal, ref: false });
      await Promise.race([running, timeout.catch(() => undefined)]);
      worker.forceEnd();
      await within(END_MS, running);
      await worker.endThreads();
    };
    this.#addPendingEnd(end());
  }

  /** Disposes of a worker that was created too late. It must be run, as only that releases its connection and threads. */
  #discard(making: Promise<WatchedWorker>): void {
    const discarded = making.then(async (worker) => {
      const running = worker.run();
      worker.shutdown();
      await running;
    });
    this.#addPendingEnd(within(END_MS, discarded).catch(() => undefined));
  }

  #addPendingEnd(work: Promise<void>): void {
    const tracked = work.finally(() => this.#pendingEnds.delete(tracked));
    this.#pendingEnds.add(tracked);
  }
}
