import type { MessageContentPartParam } from '../schemas/message.ts';
import type { Metadata } from '../schemas/metadata.ts';
import type { CreateRunRequest } from '../schemas/run.ts';
import type { Usage } from '../schemas/usage.ts';
import type { RoutedCall } from './tool-call.ts';

/** The orchestrator's workflow. */
export const ORCHESTRATE_RUN = 'orchestrateRun';

/** Key of the pair in the metadata of runs, messages and threads that says which workflow made them. */
export const TAG = 'durable_assistants';

/** Overrides of the API for this run alone, as on the wire. */
export type RunOverrides = Omit<CreateRunRequest, 'assistant_id' | 'additional_messages' | 'stream'>;

/** What to do with a thread on which another run is active. */
export type BusyThreadPolicy = 'fail' | 'wait' | 'cancel-active';

/** When a failed run is followed by a new one on its thread. */
export interface FailedRunPolicy {
  /** Runs at most, the first one included. */
  maxRuns: number;
  /** Also after a run that expired. Default: only after `rate_limit_exceeded` and `server_error`. */
  expired?: boolean;
}

/** What one orchestrated run is about. */
export interface OrchestrateRunInput {
  assistantId: string;
  /** The user's message, as text or as content parts. */
  message: string | MessageContentPartParam[];
  /** A new thread is created without it. */
  threadId?: string;
  messageMetadata?: Metadata;
  overrides?: RunOverrides;
  /** For the whole, in milliseconds from the workflow's start. */
  deadlineMs?: number;
  /** For each round: the tool calls, people included, and the assistant's next turn, in milliseconds. */
  roundDeadlineMs?: number;
  /** Default `fail`. */
  onBusyThread?: BusyThreadPolicy;
  /** Default: one run. */
  onFailedRun?: FailedRunPolicy;
  /** Wished time from the run's creation to its expiry, in milliseconds; only durable-assistants servers grant it. */
  expiresAfterMs?: number;
  /** The session that says when it is this run's turn. */
  session?: string;
  /** Set by the workflow itself when it continues as new. */
  resume?: OrchestrationState;
}

/** How far an orchestration is; all that it carries across continue-as-new. */
export interface OrchestrationState {
  run: CreatedRun;
  runs: number;
  rounds: number;
  toolCalls: ToolCallReport[];
  /** No tool has run that must not run again. */
  repeatable: boolean;
  startedAtMs: number;
}

export interface ToolCallReport {
  round: number;
  callId: string;
  name: string;
  /**
   * `completed`: the tool gave an output. `failed`: it did not, and the model was told. `answered`, `rejected`: by a person.
   * `not_decided`: nobody decided in time. `unknown_tool`, `invalid_arguments`: the model was told.
   */
  outcome: 'completed' | 'failed' | 'answered' | 'rejected' | 'not_decided' | 'unknown_tool' | 'invalid_arguments';
  /** Who approved, rejected or answered. */
  by?: string;
}

export interface Reply {
  messageId: string;
  text: string;
  /** True if the text was cut at 64 KiB; the message in the thread is whole. */
  truncated: boolean;
}

/** What a lost answer has left on the thread besides the run, and was taken away again. */
export interface Duplicates {
  runIds: string[];
  messageIds: string[];
}

export interface OrchestrateRunResult {
  threadId: string;
  /** The last run's, if there were several. */
  runId: string;
  status: 'completed' | 'incomplete';
  /** Why the run is incomplete, as the API says it. */
  incompleteReason: string | null;
  /** The assistant's last message of this run; null if it wrote none. */
  reply: Reply | null;
  usage: Usage | null;
  /** How many runs it took: more than one only with `onFailedRun`. */
  runs: number;
  /** Rounds of tool calls. */
  rounds: number;
  toolCalls: ToolCallReport[];
  /** Only where a request was executed twice. */
  duplicates?: Duplicates;
}

export interface RemoteRun {
  threadId: string;
  runId: string;
}

/** What to create, and by which key it is found again. */
export interface RunOrder {
  input: OrchestrateRunInput;
  /** Idempotency-Key, and the tag in the metadata. */
  key: string;
  /** False for the second run and later: the message is in the thread. */
  withMessage: boolean;
}

export interface CreatedRun extends RemoteRun {
  /** A request that created it may have been executed twice. */
  possiblyDuplicated: boolean;
  /** Functions of the assistant that no worker of this queue has. */
  missingTools: string[];
}

/** A run that needs the orchestrator again. */
export type AwaitedRun =
  | {
      kind: 'requires_action';
      calls: RoutedCall[];
      /** Until the run expires, in milliseconds; null if the endpoint does not say. */
      expiresInMs: number | null;
    }
  | {
      kind: 'completed';
      status: 'completed' | 'incomplete';
      incompleteReason: string | null;
      reply: Reply | null;
      usage: Usage | null;
    }
  | { kind: 'failed'; status: 'failed' | 'expired' | 'cancelled'; error: { code: string; message: string } | null };

export interface ToolOutput {
  callId: string;
  output: string;
}

/** Calls to the endpoint, each of them harmless to repeat. */
export interface EndpointActivities {
  /**
   * Gets as far as one try can get that may be forgotten: on an endpoint that honours Idempotency-Keys to the run, on
   * others to its thread.
   */
  tryCreateRun(order: RunOrder): Promise<{ threadId: string; run: CreatedRun | null }>;
  /** Creates the message and the run in one request, on a thread that exists. Waits for the thread if it is told to. */
  createRun(order: RunOrder): Promise<CreatedRun>;
  /** Waits until the run ends or wants tools, and judges the calls. */
  awaitRun(run: RemoteRun): Promise<AwaitedRun>;
  /** Submits a round's outputs, then waits like `awaitRun`. */
  submitAndAwait(run: RemoteRun, outputs: ToolOutput[], idempotencyKey: string): Promise<AwaitedRun>;
  /** Cancels the run and waits until it is terminal. Gives the status it ended with. */
  cancelRun(run: RemoteRun): Promise<string>;
  /** As `cancelRun`, for a run whose creation was not confirmed. Gives null if there is none. */
  cancelUnconfirmedRun(order: RunOrder): Promise<string | null>;
  /** Takes away what a doubtful creation has left besides the run. */
  removeDuplicates(run: RemoteRun, key: string): Promise<Duplicates>;
}
