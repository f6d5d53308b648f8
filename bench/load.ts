/** The results of a load of identical operations. Times in milliseconds. */
export interface Measured {
  runs: number;
  p50: number;
  p95: number;
  p99: number;
  perSecond: number;
  /** CPU time of all processes under test, per run; NaN if it cannot be read. */
  cpuMs: number;
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]!;
}

export interface Load {
  runs: number;
  /** How many run concurrently. */
  clients: number;
  /** Runs done before the measurement, to warm up. */
  warmup: number;
  once: () => Promise<void>;
  /** Returns the CPU seconds that the processes under test have used so far. */
  cpu: () => Promise<number>;
}

/** Keeps `clients` runs in progress until `runs` are done. A failure ends the bench: with failures the figures mean nothing. */
export async function measure({ runs, clients, warmup, once, cpu }: Load): Promise<Measured> {
  const runLoad = async (count: number): Promise<number[]> => {
    const times: number[] = [];
    let left = count;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const began = performance.now();
        await once();
        times.push(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    return times;
  };
  await runLoad(warmup);
  const cpuBefore = await cpu();
  const began = performance.now();
  const times = (await runLoad(runs)).toSorted((a, b) => a - b);
  const seconds = (performance.now() - began) / 1_000;
  return {
    runs: times.length,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    p99: percentile(times, 0.99),
    perSecond: times.length / seconds,
    cpuMs: (((await cpu()) - cpuBefore) * 1_000) / times.length,
  };
}
