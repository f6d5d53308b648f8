import type { ModelCallError } from '../../providers/model/port.ts';

/** Which run an observation is about. */
export interface ObservedTurn {
  projectId: string;
  runId: string;
  turn: number;
}

/** Who counts and logs what happens to turns. Called as it happens; must not throw. */
export interface TurnObserver {
  /** A model call has ended; `seconds` from its first byte sent to its last received. */
  modelCalled?(turn: ObservedTurn, outcome: 'answered' | 'failed' | 'aborted', seconds: number): void;
  /** A failed call will be made again after `backoffMs`. */
  modelRetried?(turn: ObservedTurn, error: ModelCallError, backoffMs: number): void;
  /** A failed call has failed the run. */
  modelGaveUp?(turn: ObservedTurn, error: ModelCallError): void;
}
