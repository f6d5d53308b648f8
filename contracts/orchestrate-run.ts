import type { MessageContentPartParam } from '../schemas/message.ts';
import type { Metadata } from '../schemas/metadata.ts';
import type { CreateRunRequest } from '../schemas/run.ts';
import type { Usage } from '../schemas/usage.ts';
import type { JudgedCall } from './tool-call.ts';

/** The orchestrator's workflow. */
export const ORCHESTRATE_RUN = 'orchestrateRun';

/** Overrides of the API for this run alone, as on the wire. */
export type RunOverrides = Omit<CreateRunRequest, 'assistant_id' | 'additional_messages' | 'stream'>;

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
  /** Set by the workflow itself when it continues as new. */
  resume?: OrchestrationState;
}

/** How far an orchestration is; all that it carries across continue-as-new. */
export interface OrchestrationState {
  threadId: string;
  runId: string;
  rounds: number;
  toolCalls: ToolCallReport[];
  startedAtMs: number;
}

export interface ToolCallReport {
  round: number;
  callId: string;
  name: string;
  outcome: 'completed' | 'unknown_tool' | 'invalid_arguments';
}

export interface Reply {
  messageId: string;
  text: string;
  /** True if the text was cut at 64 KiB; the message in the thread is whole. */
  truncated: boolean;
}

export interface OrchestrateRunResult {
  threadId: string;
  runId: string;
  status: 'completed' | 'incomplete';
  /** Why the run is incomplete, as the API says it. */
  incompleteReason: string | null;
  /** The assistant's last message of this run; null if it wrote none. */
  reply: Reply | null;
  usage: Usage | null;
  /** Rounds of tool calls. */
  rounds: number;
  toolCalls: ToolCallReport[];
}

export interface RemoteRun {
  threadId: string;
  runId: string;
}

/** A run that needs the orchestrator again. */
export type AwaitedRun =
  | { kind: 'requires_action'; calls: JudgedCall[] }
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

/** Calls to the endpoint. Every key makes its request harmless to repeat. */
export interface EndpointActivities {
  /** Creates the message and the run in one request. */
  createRun(input: OrchestrateRunInput, idempotencyKey: string): Promise<RemoteRun>;
  /** Waits until the run ends or wants tools, and judges the calls. */
  awaitRun(run: RemoteRun): Promise<AwaitedRun>;
  /** Submits a round's outputs, then waits like `awaitRun`. */
  submitAndAwait(run: RemoteRun, outputs: ToolOutput[], idempotencyKey: string): Promise<AwaitedRun>;
  /** Cancels the run and waits until it is terminal. Gives the status it ended with. */
  cancelRun(run: RemoteRun): Promise<string>;
  /** As `cancelRun`, for a run whose creation was not confirmed: it is found again by its key. */
  cancelUnconfirmedRun(input: OrchestrateRunInput, idempotencyKey: string): Promise<string>;
}
