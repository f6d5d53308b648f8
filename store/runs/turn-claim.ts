import type { Usage } from '../../schemas/usage.ts';
import type { RunRow } from '../database.ts';

/** The right to do one turn. Whoever claims later takes it away. */
export interface TurnClaim {
  projectId: string;
  runId: string;
  threadId: string;
  assistantId: string;
  turn: number;
  fence: number;
  claimedAt: Date;
  expiresAt: Date;
  /** How often this turn has failed so far. */
  failures: number;
  /** Somebody follows the run's stream. */
  streamed: boolean;
  settings: RunRow['settings'];
  /** What the run's earlier turns have used. */
  usage: Usage;
}
