import type { OrchestrateRunInput } from './orchestrate-run.ts';

/** The workflow that lets the runs of one thread take turns. */
export const THREAD_SESSION = 'threadSession';

/** Signal of `threadSession`: a run asks for its turn. */
export const JOIN = 'join';

/** Update of `threadSession`: starts a run that waits for its turn. */
export const ASK = 'ask';

/** Signal of `orchestrateRun`: it is its turn. */
export const ADMIT = 'admit';

/** Updates of `orchestrateRun` while it waits for its turn. */
export const queueUpdates = { edit: 'edit', withdraw: 'withdraw' } as const;

/** The most runs that may wait for one thread. */
export const QUEUE_LIMIT = 100;

/** The session of a thread that exists; all who name the thread share it. */
export const sessionOfThread = (threadId: string): string => `assistants-session:${threadId}`;

export interface ThreadSessionInput {
  /** Absent: the thread of the first run. */
  threadId?: string;
  /** A session without work ends after this, in milliseconds. */
  idleMs: number;
  /** Set by the workflow itself when it continues as new. */
  resume?: ThreadSessionState;
}

/** All that a session carries across continue-as-new. */
export interface ThreadSessionState {
  /** Workflow ids, the next one first. */
  queue: string[];
  /** The run whose turn it is. */
  active: string | null;
  /** How many runs have had their turn. */
  admitted: number;
}

export interface ThreadSessionResult {
  threadId: string | null;
  admitted: number;
}

/** What `ask` is given: a run, and how it is shown. */
export interface AskInput {
  workflowId: string;
  run: OrchestrateRunInput;
  summary: string;
  details: string;
}

export interface AskResult {
  workflowId: string;
  /** How many runs have their turn before this one. */
  position: number;
}

export interface AdmitInput {
  /** Null as long as the session has no thread: the run makes one. */
  threadId: string | null;
}

export interface EditInput {
  message: OrchestrateRunInput['message'];
}

/** How the runs of a thread find each other. */
export interface QueueActivities {
  /** Asks the session for this workflow's turn; starts the session if it is not there. */
  joinQueue(sessionId: string, session: ThreadSessionInput): Promise<void>;
  /** Waits until a run's workflow has ended, however it did. Gives the thread it ran on, if it had got that far. */
  awaitRunEnd(workflowId: string): Promise<{ threadId: string | null }>;
  /** The thread that earlier sessions of this id had, as long as Temporal remembers them. */
  findSessionThread(sessionId: string): Promise<string | null>;
}
