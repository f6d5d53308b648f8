import { say } from './say.ts';

/** Settles at the first SIGINT or SIGTERM. A second one ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => {
          say('Ended at once.');
          process.exit(130);
        });
        resolve(signal);
      });
    }
  });
}
