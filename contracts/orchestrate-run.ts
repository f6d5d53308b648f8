import type { MessageContentPartParam } from '../schemas/message.ts';
import type { Metadata } from '../schemas/metadata.ts';
import type { CreateRunRequest } from '../schemas/run.ts';
import type { Usage } from '../schemas/usage.ts';
import type { RoutedCall } from './tool-call.ts';

/** The orchestrator's workflow. */
export const ORCHESTRATE_RUN = 'orchestrateRun';

/** The metadata key of runs, messages and threads whose value identifies the workflow that created them. */
export const METADATA_TAG_KEY = 'durable_assistants';

/** Overrides for this run, in the API's format. */
export type RunOverrides = Omit<CreateRunRequest, 'assistant_id' | 'additional_messages' | 'stream'>;

/** What to do if another run is active on the thread. */
export type BusyThreadPolicy = 'fail' | 'wait' | 'cancel-active';

/** When to create a new run on the thread after one has failed. */
export interface RunRetryPolicy {
  /** Maximum number of runs, including the first one. */
  maxRuns: number;
  /** Also after a run that expired. Default: only after `rate_limit_exceeded` and `server_error`. */
  expired?: boolean;
}

/** Input of one orchestrated run. */
export interface OrchestrateRunInput {
  assistantId: string;
  /** The user's message, as text or as content parts. */
  message: string | MessageContentPartParam[];
  /** Default: a new thread is created. */
  threadId?: string;
  messageMetadata?: Metadata;
  overrides?: RunOverrides;
  /** Limit for the whole orchestration, in milliseconds from the workflow's start. */
  deadlineMs?: number;
  /** Limit for each round, in milliseconds: its tool calls, including waits for people, and the assistant's next turn. */
  roundDeadlineMs?: number;
  /** Default `fail`. */
  onBusyThread?: BusyThreadPolicy;
  /** Default: one run. */
  onFailedRun?: RunRetryPolicy;
  /** Requested time from the run's creation to its expiry, in milliseconds; only durable-assistants servers support it. */
  expiresAfterMs?: number;
  /** The workflow id of the session that admits this run. */
  session?: string;
  /** Set by the workflow itself when it continues as new. */
  resume?: OrchestrationState;
}

/** The state that an orchestration carries across continue-as-new. */
export interface OrchestrationState {
  run: CreatedRun;
  runs: number;
  rounds: number;
  toolCalls: ToolCallReport[];
  /** No tool has run that must not be called again. */
  repeatable: boolean;
  startedAtMs: number;
}

export interface ToolCallReport {
  round: number;
  callId: string;
  name: string;
  /**
   * `completed`: the tool returned an output. `failed`: it failed, and the model was told. `answered`, `rejected`: by a person.
   * `not_decided`: the wait expired without a decision. `unknown_tool`, `invalid_arguments`: the model was told.
   */
  outcome: 'completed' | 'failed' | 'answered' | 'rejected' | 'not_decided' | 'unknown_tool' | 'invalid_arguments';
  /** The person who approved, rejected or answered. */
  by?: string;
}

export interface Reply {
  messageId: string;
  text: string;
  /** True if the text was cut at 64 KiB; the message in the thread is complete. */
  truncated: boolean;
}

/** Duplicate objects that the orchestrator removed: a request whose response was lost may have been executed twice. */
export interface Duplicates {
  runIds: string[];
  messageIds: string[];
}

export interface OrchestrateRunResult {
  threadId: string;
  /** The last run, if there were several. */
  runId: string;
  status: 'completed' | 'incomplete';
  /** The API's reason why the run is incomplete. */
  incompleteReason: string | null;
  /** The assistant's last message of this run; null if it wrote none. */
  reply: Reply | null;
  usage: Usage | null;
  /** The number of runs; more than one only with `onFailedRun`. */
  runs: number;
  /** The number of rounds of tool calls. */
  rounds: number;
  toolCalls: ToolCallReport[];
  /** Only if a request was executed twice. */
  duplicates?: Duplicates;
}

export interface RemoteRun {
  threadId: string;
  runId: string;
}

/** What to create, and the key that identifies it. */
export interface RunOrder {
  input: OrchestrateRunInput;
  /** The Idempotency-Key, and the tag in the metadata. */
  key: string;
  /** False from the second run on: the message is already in the thread. */
  withMessage: boolean;
}

export interface CreatedRun extends RemoteRun {
  /** A request to create the run may have been executed twice. */
  possiblyDuplicated: boolean;
  /** Functions of the assistant that no worker of this queue has registered. */
  missingTools: string[];
}

/** The result of waiting for a run: it requires tool outputs, or has ended. */
export type AwaitedRun =
  | {
      kind: 'requires_action';
      calls: RoutedCall[];
      /** Time until the run expires, in milliseconds; null if the endpoint does not report it. */
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

/** Requests to the endpoint. Each activity may be repeated. */
export interface EndpointActivities {
  /**
   * One attempt whose result may be lost: it must be safe to start again from the beginning. On an endpoint that honours
   * Idempotency-Keys it creates the run; on others only the thread.
   */
  tryCreateRun(order: RunOrder): Promise<{ threadId: string; run: CreatedRun | null }>;
  /**
   * Creates the message and the run in one request, on an existing thread. Waits until the thread is free if the input requests
   * it.
   */
  createRun(order: RunOrder): Promise<CreatedRun>;
  /** Waits until the run ends or requires tool outputs, and routes the calls. */
  awaitRun(run: RemoteRun): Promise<AwaitedRun>;
  /** Submits a round's outputs, then waits like `awaitRun`. */
  submitAndAwait(run: RemoteRun, outputs: ToolOutput[], idempotencyKey: string): Promise<AwaitedRun>;
  /** Cancels the run and waits until it is terminal. Returns its final status. */
  cancelRun(run: RemoteRun): Promise<string>;
  /** Like `cancelRun`, for a run whose creation was not confirmed. Returns null if there is none. */
  cancelUnconfirmedRun(order: RunOrder): Promise<string | null>;
  /** Removes duplicates that an unconfirmed creation has left besides the run. */
  removeDuplicates(run: RemoteRun, key: string): Promise<Duplicates>;
}
