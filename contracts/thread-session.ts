import type { OrchestrateRunInput } from './orchestrate-run.ts';

/** The workflow that admits the runs of one thread one by one. */
export const THREAD_SESSION = 'threadSession';

/** Signal of `threadSession`: a run joins the queue. */
export const JOIN = 'join';

/** Update of `threadSession`: starts a run and adds it to the queue. */
export const ASK = 'ask';

/** Signal of `orchestrateRun`: the run is admitted. */
export const ADMIT = 'admit';

/** Updates of `orchestrateRun` while it waits in the queue. */
export const queueUpdates = { edit: 'edit', withdraw: 'withdraw' } as const;

/** Maximum number of runs that wait for one thread. */
export const QUEUE_LIMIT = 100;

/** The session of an existing thread, shared by all runs that name the thread. */
export const sessionOfThread = (threadId: string): string => `assistants-session:${threadId}`;

export interface ThreadSessionInput {
  /** Absent: the session uses the thread of its first run. */
  threadId?: string;
  /** A session without runs ends after this time, in milliseconds. */
  idleMs: number;
  /** Set by the workflow itself when it continues as new. */
  resume?: ThreadSessionState;
}

/** The state that a session carries across continue-as-new. */
export interface ThreadSessionState {
  /** Workflow ids in the order of admission. */
  queue: string[];
  /** The workflow id of the admitted run. */
  active: string | null;
  /** The number of runs admitted so far. */
  admitted: number;
}

export interface ThreadSessionResult {
  threadId: string | null;
  admitted: number;
}

/** Input of `ask`: a run, and its summary and details for Temporal's UI. */
export interface AskInput {
  workflowId: string;
  run: OrchestrateRunInput;
  summary: string;
  details: string;
}

export interface AskResult {
  workflowId: string;
  /** The number of runs admitted before this one. */
  position: number;
}

export interface AdmitInput {
  /** Null until the session has a thread: the run creates one. */
  threadId: string | null;
}

export interface EditInput {
  message: OrchestrateRunInput['message'];
}

/** Activities of the thread queue. */
export interface QueueActivities {
  /** Adds this workflow to the session's queue; starts the session if it is not running. */
  joinQueue(sessionId: string, session: ThreadSessionInput): Promise<void>;
  /** Waits until a run's workflow has ended in any way. Returns its thread, if it had one. */
  awaitRunEnd(workflowId: string): Promise<{ threadId: string | null }>;
  /** The thread of earlier sessions with this id, as long as Temporal retains them. */
  findSessionThread(sessionId: string): Promise<string | null>;
}
