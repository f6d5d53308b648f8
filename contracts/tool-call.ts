import type { Duration, RetryPolicy } from '@temporalio/common';

/**
 * Prefix of the tools' activity types. The model chooses the name after it, so the prefix keeps the model from calling other
 * activities.
 */
export const TOOL_ACTIVITY_PREFIX = 'tool:';

/** Activity options of a tool call, as data: the workflow has no tool definitions. */
export interface ToolCallOptions {
  taskQueue: string;
  startToCloseTimeout: Duration;
  heartbeatTimeout: Duration;
  scheduleToStartTimeout?: Duration;
  /** In milliseconds; the run's own expiry may be earlier. */
  scheduleToCloseTimeout?: number;
  retry: RetryPolicy;
}

interface PendingCall {
  callId: string;
  name: string;
  /** The call on one line, secrets masked. */
  summary: string;
  /** Parsed from the model's JSON. */
  arguments: unknown;
  /** The arguments for display: JSON, secrets masked, cut if long. */
  shown: string;
}

/** Time limit for people, in milliseconds; null: as long as the run lasts. */
interface TimeForPeople {
  expiresAfterMs: number | null;
}

/** A tool call of the model, routed by a worker that has the tool definitions. */
export type RoutedCall =
  | (PendingCall & {
      kind: 'dispatch';
      options: ToolCallOptions;
      /** The call may be repeated for a new run. */
      idempotent: boolean;
      onFailure: 'fail' | 'tell-model';
      /** A person must approve the call first. */
      approval?: TimeForPeople;
    })
  /** The output comes from a person or another system. */
  | (PendingCall & TimeForPeople & { kind: 'external' })
  /** Answered without a tool: there is no such tool, or the arguments are not valid. The model is told and may try again. */
  | { kind: 'answer'; callId: string; name: string; output: string; reason: 'unknown_tool' | 'invalid_arguments' }
  /** The run fails because of this call. */
  | { kind: 'fail'; callId: string; name: string; message: string };

/** Input of a tool's activity; also the contract with tools in other languages. */
export interface ToolInvocation {
  threadId: string;
  runId: string;
  callId: string;
  /** The same for every attempt at this call; unique to it. */
  idempotencyKey: string;
  /** Parsed from the model's JSON. */
  arguments: unknown;
}
