import type { TurnDecision, TurnEnd, TurnOutcome } from '../../domain/model-turn.ts';
import type { TurnProgress } from '../steps/written-rows.ts';

/** What an attempt at a turn has brought so far. Its worker keeps it in memory and writes it part by part. */
export interface AttemptedTurn {
  /** The rows and events after the first `storedEvents` events of the turn. To be written before more is added. */
  since(storedEvents: number): TurnProgress;
  /** Completes the turn once the model has answered. */
  finish(end: TurnEnd): { outcome: TurnOutcome; decision: TurnDecision };
}
