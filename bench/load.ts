/** What came of doing one thing again and again. Times in milliseconds. */
export interface Measured {
  runs: number;
  p50: number;
  p95: number;
  p99: number;
  perSecond: number;
  /** CPU of all processes under test, per run; NaN where it cannot be read. */
  cpuMs: number;
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]!;
}

export interface Load {
  runs: number;
  /** How many at a time. */
  clients: number;
  /** Done before the measuring, to warm up. */
  warmup: number;
  once: () => Promise<void>;
  /** CPU seconds of the processes under test so far. */
  cpu: () => Promise<number>;
}

/** Keeps `clients` of them going until `runs` are done. A failure ends the bench: a figure over failures means nothing. */
export async function measure({ runs, clients, warmup, once, cpu }: Load): Promise<Measured> {
  const keepGoing = async (count: number): Promise<number[]> => {
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
  await keepGoing(warmup);
  const cpuBefore = await cpu();
  const began = performance.now();
  const times = (await keepGoing(runs)).toSorted((a, b) => a - b);
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
