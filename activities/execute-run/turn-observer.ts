import type { ModelCallError } from '../../providers/model/port.ts';

/** Identifies a turn. */
export interface TurnKey {
  projectId: string;
  runId: string;
  turn: number;
}

/** Callbacks for metrics and logs of turns. They are called as things happen and must not throw. */
export interface TurnObserver {
  /** A model call has ended; `seconds` from its first byte sent to its last received. */
  modelCalled?(turn: TurnKey, outcome: 'answered' | 'failed' | 'aborted', seconds: number): void;
  /** A failed call will be retried after `backoffMs` milliseconds. */
  modelRetried?(turn: TurnKey, error: ModelCallError, backoffMs: number): void;
  /** A failed call has failed the run. */
  modelGaveUp?(turn: TurnKey, error: ModelCallError): void;
}
