/** Updates of `orchestrateRun` by which people decide about calls that wait for them. */
export const peopleUpdates = { approve: 'approve', reject: 'reject', answer: 'answer' } as const;

/** Query of `orchestrateRun`: all calls that wait for people, as {@link WaitingCall}s. */
export const WAITING_CALLS = 'waitingCalls';

/** A tool call that waits for a person, or for another system. */
export interface WaitingCall {
  callId: string;
  tool: string;
  /** `approval`: the tool is called once somebody approves. `external`: somebody gives its output. */
  kind: 'approval' | 'external';
  /** The call in one line, secrets masked. */
  summary: string;
  /** The arguments as JSON, secrets masked, cut where they are long. Not in lists of many runs. */
  arguments?: string;
  /** Milliseconds since 1970. */
  sinceMs: number;
  /** When the wait ends and the model is told that nobody came; null: never. */
  expiresAtMs: number | null;
}

interface AboutCall {
  /** May be left out where only one call waits. */
  callId?: string;
  /** Who decides; recorded in the result and the history. */
  by: string;
}

export type ApproveInput = AboutCall;
export type RejectInput = AboutCall & { reason: string };
/** A value that is not a string is handed to the model as JSON. */
export type AnswerInput = AboutCall & { output: unknown };

/** What became of a waiting call. */
export type Decision =
  | { kind: 'approved'; by: string }
  | { kind: 'rejected'; by: string; reason: string }
  | { kind: 'answered'; by: string; output: string };

/** The answer to each of the updates. */
export interface DecidedCall {
  callId: string;
  tool: string;
  decision: Decision['kind'];
}
