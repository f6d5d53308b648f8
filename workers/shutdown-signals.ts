const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Temporal's Runtime shuts workers down on these signals. Until `work` is done, `stop` is called for them too. */
export async function withShutdownSignals<T>(stop: () => void, work: () => Promise<T>): Promise<T> {
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
}
