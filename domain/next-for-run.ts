import type { RunStatus } from '../schemas/run.ts';

/** What a run needs next, as the database knows it. */
export type NextForRun =
  | { next: 'turn' }
  /** Outputs of a caller's tools: nothing to do until then, or until it expires `waitMs` milliseconds from now. */
  | { next: 'outputs'; waitMs: number }
  | { next: 'nothing'; status: RunStatus | 'deleted' };
