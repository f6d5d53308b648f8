import { setTimeout as delay } from 'node:timers/promises';
import { Runtime } from '@temporalio/worker';
import type { WatchedWorker } from './watched-worker.ts';

/** Before another worker is made, in milliseconds: at first, doubled with each one that fails soon, at most. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** A worker that worked for so long did not fail soon, in milliseconds. */
const SOON_MS = 5_000;
/** Beyond its grace time a failed worker is given so long to come to its end, in milliseconds. */
const END_MS = 5_000;

/** What a worker has failed with; where `error` is undefined the SDK has logged it. */
interface Failed {
  error: unknown;
}

/**
 * A Temporal worker that is made anew when it fails, for as long as it is wanted. Whatever makes it fail (a completion that
 * Temporal's core does not take, polls that are refused, a workflow thread that dies) is logged with the SDK's logger and ends
 * nothing else. What a failed one had begun is tried again by Temporal.
 */
export class SupervisedWorker {
  readonly #make: () => Promise<WatchedWorker>;
  readonly #ending = new AbortController();
  readonly #ended = Promise.withResolvers<null>();
  readonly #leaving = new Set<Promise<void>>();
  #current: WatchedWorker | null;

  private constructor(make: () => Promise<WatchedWorker>, first: WatchedWorker) {
    this.#make = make;
    this.#current = first;
    this.#ending.signal.addEventListener('abort', () => this.#ended.resolve(null));
  }

  /** `make` is called at once, and again for each worker that failed. @throws what it throws the first time */
  static async create(make: () => Promise<WatchedWorker>): Promise<SupervisedWorker> {
    return new SupervisedWorker(make, await make());
  }

  /** What keeps it from working just now, in words for a readiness check; null where nothing does. */
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
    let soon = 0;
    for (let worker = this.#current; worker !== null; worker = await this.#another(soon)) {
      const began = performance.now();
      const failed = await this.#runOne(worker);
      if (failed === null) break;
      this.#current = null;
      soon = performance.now() - began > SOON_MS ? 1 : soon + 1;
      const what = this.#ending.signal.aborted
        ? 'A Temporal worker failed at its end'
        : 'A Temporal worker failed; another is made';
      const { taskQueue } = worker.options;
      Runtime.instance().logger.error(what, { taskQueue, ...(failed.error !== undefined && { error: failed.error }) });
    }
    await Promise.all(this.#leaving);
  }

  /** Ends `run` when what is in progress has ended, or its grace time is over. */
  shutdown(): void {
    this.makeNoMore();
    if (this.#current?.getState() === 'RUNNING') this.#current.shutdown();
  }

  /** A worker that fails from now on ends `run`: for a process that is ending, whose worker others shut down. */
  makeNoMore(): void {
    this.#ending.abort();
  }

  /** Works until the worker was shut down, which gives null, or begins to fail. */
  async #runOne(worker: WatchedWorker): Promise<Failed | null> {
    this.#current = worker;
    const running = worker.run().then(
      () => null,
      (error: unknown) => ({ error }),
    );
    // It was asked to end before it had begun.
    if (this.#ending.signal.aborted) this.shutdown();
    const failed = await Promise.race([running, worker.failing.then((error) => ({ error }))]);
    if (failed !== null) this.#leave(worker, running);
    return failed;
  }

  /** Another worker, after a pause; null once none is wanted. */
  async #another(soon: number): Promise<WatchedWorker | null> {
    const { signal } = this.#ending;
    for (let tries = soon; !signal.aborted; tries += 1) {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      const making = this.#make();
      try {
        const made = await Promise.race([making, this.#ended.promise]);
        if (made === null) this.#discard(making);
        return made;
      } catch (error) {
        Runtime.instance().logger.error('No other Temporal worker could be made; trying again', { error });
      }
    }
    return null;
  }

  /** Lets a failed worker come to its end beside its successor: it may still finish what it has begun. */
  #leave(worker: WatchedWorker, running: Promise<unknown>): void {
    const end = async (): Promise<void> => {
      const { signal } = this.#ending;
      const patience = delay(worker.options.shutdownGraceTimeMs + END_MS, undefined, { signal, ref: false });
      await Promise.race([running, patience.catch(() => undefined)]);
      worker.giveUp();
      await Promise.race([running, delay(END_MS, undefined, { ref: false })]);
      await worker.endThreads();
    };
    this.#awaitAtTheEnd(end());
  }

  /** A worker that was made too late is only rid of its connection and threads by being run. */
  #discard(making: Promise<WatchedWorker>): void {
    const discarded = making.then(async (worker) => {
      const running = worker.run();
      worker.shutdown();
      await running;
    });
    const patience = delay(END_MS, undefined, { ref: false });
    this.#awaitAtTheEnd(Promise.race([discarded, patience]).catch(() => undefined));
  }

  #awaitAtTheEnd(work: Promise<void>): void {
    const leaving = work.finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}
