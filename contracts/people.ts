/** Updates of `orchestrateRun` with which people decide about waiting calls. */
export const peopleUpdates = { approve: 'approve', reject: 'reject', answer: 'answer' } as const;

/** Query of `orchestrateRun`: returns all calls that wait for people, as {@link WaitingCall}s. */
export const WAITING_CALLS = 'waitingCalls';

/** A tool call that waits for a person or another system. */
export interface WaitingCall {
  callId: string;
  tool: string;
  /** `approval`: the tool is called after a person approves. `external`: a person or another system supplies the output. */
  kind: 'approval' | 'external';
  /** The call on one line, secrets masked. */
  summary: string;
  /** The arguments as JSON, secrets masked, cut if long. Omitted in lists of many runs. */
  arguments?: string;
  /** Start of the wait, in milliseconds since 1970. */
  sinceMs: number;
  /** When the wait expires and the model is told that there was no decision, in milliseconds since 1970; null: never. */
  expiresAtMs: number | null;
}

interface CallDecision {
  /** May be omitted if only one call is waiting. */
  callId?: string;
  /** The person who decides; recorded in the result and the history. */
  by: string;
}

export type ApproveInput = CallDecision;
export type RejectInput = CallDecision & { reason: string };
/** An output that is not a string is sent to the model as JSON. */
export type AnswerInput = CallDecision & { output: unknown };

/** The decision about a waiting call. */
export type Decision =
  | { kind: 'approved'; by: string }
  | { kind: 'rejected'; by: string; reason: string }
  | { kind: 'answered'; by: string; output: string };

/** The result of each of these updates. */
export interface DecidedCall {
  callId: string;
  tool: string;
  decision: Decision['kind'];
}
