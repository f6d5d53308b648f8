import type { Usage } from '../../schemas/usage.ts';
import type { RunRow } from '../database/tables.ts';

/** A claim on one turn. A newer claim makes it void. */
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
  /** A client follows the run's stream. */
  streamed: boolean;
  settings: RunRow['settings'];
  /** The usage of the run's earlier turns. */
  usage: Usage;
}
