/** A worker that has not begun to work. */
interface StartableWorker {
  run(): Promise<void>;
  shutdown(): void;
  readonly problem: string | null;
}

/** A worker that works until it is closed. */
export interface RunningWorker {
  /** What prevents the worker from working now, for a readiness check; null if nothing does. */
  readonly problem: string | null;
  /** Settles when the worker has ended. Rejects if it could not go on. */
  readonly ended: Promise<void>;
  /** Asks the worker to end, without waiting. */
  shutdown(): void;
  /** Asks the worker to end, and waits until everything that it has begun is done or the grace time is over. */
  close(): Promise<void>;
}

/** Lets a worker work. */
export function runWorker(worker: StartableWorker): RunningWorker {
  const ended = worker.run();
  return {
    get problem() {
      return worker.problem;
    },
    ended,
    shutdown: () => worker.shutdown(),
    async close() {
      worker.shutdown();
      await ended;
    },
  };
}
