const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Temporal's runtime shuts workers down on these signals; `stop` hears of them too, for as long as the work takes. */
export async function withShutdownSignals<T>(stop: () => void, work: () => Promise<T>): Promise<T> {
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
}
