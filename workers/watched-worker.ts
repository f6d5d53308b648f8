import { Worker, type WorkerOptions } from '@temporalio/worker';
import { within } from './within.ts';

/** A failed worker releases its connection after this, in milliseconds, no matter what its core waits for. */
const FINALIZE_TIMEOUT_MS = 3_000;

type State = ReturnType<Worker['getState']>;

/** The part of the SDK's pool of workflow threads that can terminate a thread. */
interface Threads {
  workerThreadClients?: { workerThread?: { terminate(): Promise<unknown> } }[];
}

/**
 * The SDK's worker, extended: it reports when it begins to fail, and releases everything that would block another worker on its
 * task queue. The members overridden and used here are protected in the SDK; this is written against version 1.24.
 */
export class WatchedWorker extends Worker {
  readonly #failing = Promise.withResolvers<unknown>();

  static override async create(options: WorkerOptions): Promise<WatchedWorker> {
    const worker = (await super.create(options)) as WatchedWorker;
    worker.unexpectedErrorSubject.subscribe({ error: (error: unknown) => worker.#failing.resolve(error) });
    return worker;
  }

  /**
   * Settles once the worker accepts no more tasks although no shutdown was requested, with the reason if it is known. The worker
   * may still finish tasks that it has begun.
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
   * When a worker fails at once, the SDK leaves its core polling and registered for the task queue: it must be told to shut
   * down. The SDK then finalizes that shutdown, which waits for tasks that will never be completed, and so blocks the process
   * or keeps it from exiting. The core refuses to finalize while a poll is open, and a poll stays open as long as there is such a
   * task. The SDK's own record of open polls is unreliable: it is not updated if a stream was torn down after the poll's answer.
   * What remains are two threads of the core, until the process exits.
   */
  #endCore(): void {
    const { nativeWorker } = this;
    const { pollActivityTask, pollWorkflowActivation } = nativeWorker;
    const finalize = nativeWorker.finalizeShutdown.bind(nativeWorker);
    nativeWorker.finalizeShutdown = async () => {
      pollActivityTask().catch(() => undefined);
      pollWorkflowActivation().catch(() => undefined);
      await within(FINALIZE_TIMEOUT_MS, finalize());
    };
    try {
      nativeWorker.initiateShutdown();
    } catch {
      // It was shut down already.
    }
  }

  /** Forces a worker that began to fail, and does not end by itself, to end. */
  forceEnd(): void {
    if (['STOPPED', 'FAILED'].includes(this.getState())) return;
    this.instantTerminateErrorSubject.error(new Error('The worker did not end in time.'));
  }

  /** Terminates the threads of the workflows: the SDK keeps them if a worker fails with workflows in its cache. */
  async endThreads(): Promise<void> {
    const { workerThreadClients = [] } = (this.workflowCreator ?? {}) as Threads;
    await Promise.allSettled(workerThreadClients.map(async ({ workerThread }) => workerThread?.terminate()));
  }
}
