import type { RunStatus } from '../schemas/run.ts';
import type { BuiltInToolType } from '../schemas/tools.ts';

/** What a run needs next, as the database knows it. */
export type NextForRun =
  | { next: 'turn' }
  /** The server must carry out a call of a built-in tool. */
  | { next: 'built_in_call'; callId: string; tool: BuiltInToolType }
  /**
   * The outputs of the caller's tools. There is nothing to do until they are submitted, or until the run expires in `waitMs`
   * milliseconds.
   */
  | { next: 'outputs'; waitMs: number }
  | { next: 'nothing'; status: RunStatus | 'deleted' };
