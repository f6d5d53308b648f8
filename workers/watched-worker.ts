import { setTimeout as delay } from 'node:timers/promises';
import { Worker, type WorkerOptions } from '@temporalio/worker';

/** A failed worker's connection is free after so long, in milliseconds, whatever its core waits for. */
const LONGEST_END_MS = 3_000;

type State = ReturnType<Worker['getState']>;

/** The part of the SDK's pool of workflow threads that ends one. */
interface Threads {
  workerThreadClients?: { workerThread?: { terminate(): Promise<unknown> } }[];
}

/**
 * The SDK's worker, that says when it begins to fail, and leaves nothing behind that would be in the way of another one on its
 * queue. What is overridden and used here is protected in the SDK; it was looked at in 1.24.
 */
export class WatchedWorker extends Worker {
  readonly #failing = Promise.withResolvers<unknown>();

  static override async create(options: WorkerOptions): Promise<WatchedWorker> {
    const worker = (await super.create(options)) as WatchedWorker;
    worker.unexpectedErrorSubject.subscribe({ error: (error: unknown) => worker.#failing.resolve(error) });
    return worker;
  }

  /**
   * Settles once the worker takes no more work though nobody has asked it to end, with the reason where that is known. What it
   * has begun may yet be finished.
   */
  get failing(): Promise<unknown> {
    return this.#failing.promise;
  }

  protected override get state(): State {
    return super.state;
  }

  protected override set state(state: State) {
    const isDrained = this.getState() === 'DRAINED';
    super.state = state;
    if (state !== 'FAILED') return;
    if (!isDrained) this.#endCore();
    this.#failing.resolve(undefined);
  }

  /**
   * The SDK leaves the core of a worker that fails at once polling, and registered for its queue: it must be told to shut down.
   * To finish it off is what the SDK does then, and that waits for tasks that nobody completes any more; it keeps the process
   * from ending, or blocks it. The core refuses it while there is a poll, and a poll stays open for as long as such a task does.
   * The SDK's own note of its polls is not to be relied on: it stays where a stream was torn down after the answer. What is left
   * behind is two of the core's threads, until the process ends.
   */
  #endCore(): void {
    const { nativeWorker } = this;
    const { pollActivityTask, pollWorkflowActivation } = nativeWorker;
    const finalize = nativeWorker.finalizeShutdown.bind(nativeWorker);
    nativeWorker.finalizeShutdown = async () => {
      pollActivityTask().catch(() => undefined);
      pollWorkflowActivation().catch(() => undefined);
      await Promise.race([finalize(), delay(LONGEST_END_MS, undefined, { ref: false })]);
    };
    try {
      nativeWorker.initiateShutdown();
    } catch {
      // It had been shut down.
    }
  }

  /** Ends a worker that began to fail and does not come to its end. */
  giveUp(): void {
    if (['STOPPED', 'FAILED'].includes(this.getState())) return;
    this.instantTerminateErrorSubject.error(new Error('The worker did not come to its end.'));
  }

  /** Ends the threads of its workflows: the SDK keeps them where a worker failed with workflows in its cache. */
  async endThreads(): Promise<void> {
    const { workerThreadClients = [] } = (this.workflowCreator ?? {}) as Threads;
    await Promise.allSettled(workerThreadClients.map(async ({ workerThread }) => workerThread?.terminate()));
  }
}
