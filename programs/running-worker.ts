/** A worker that is not started yet. */
interface StartableWorker {
  run(): Promise<void>;
  shutdown(): void;
  readonly problem: string | null;
}

/** A started worker. */
export interface RunningWorker {
  /** What prevents the worker from working now, for a readiness check; null if nothing does. */
  readonly problem: string | null;
  /** Settles as its `run()` does. */
  readonly ended: Promise<void>;
  /** Asks the worker to end. */
  shutdown(): void;
  /** `shutdown()`, then waits for `ended`. */
  close(): Promise<void>;
}

/** Starts the worker and returns its handle. Does not wait for its end. */
export function startWorker(worker: StartableWorker): RunningWorker {
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
