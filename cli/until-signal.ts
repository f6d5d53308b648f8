import { printLine } from './print.ts';

/**
 * Ctrl-C signals the whole process group, and npm forwards the signal to its child as well. A signal that follows within this
 * time, in milliseconds, counts as the same one.
 */
const SAME_SIGNAL_MS = 1_000;

/** Settles at the first SIGINT or SIGTERM. Another signal, a second later or more, ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      first ??= performance.now();
      resolve(signal);
      if (performance.now() - first < SAME_SIGNAL_MS) return;
      printLine('Ended at once.');
      process.exit(130);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  });
}
