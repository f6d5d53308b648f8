import { say } from './say.ts';

/**
 * Ctrl-C reaches the whole process group, and npm hands the signal on to its child besides: one that follows within this
 * time, in milliseconds, is the same one.
 */
const SAME_SIGNAL_MS = 1_000;

/** Settles at the first SIGINT or SIGTERM. Another one, a second later or more, ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const heed = (signal: NodeJS.Signals): void => {
      first ??= performance.now();
      resolve(signal);
      if (performance.now() - first < SAME_SIGNAL_MS) return;
      say('Ended at once.');
      process.exit(130);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, heed);
  });
}
