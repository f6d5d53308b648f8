import type { Duration, RetryPolicy } from '@temporalio/common';

/** Activity types of tools begin with this: the model chooses the name behind it, so it must never reach other activities. */
export const TOOL_ACTIVITY_PREFIX = 'tool:';

/** How a tool is called, as data: the workflow knows no tools. */
export interface ToolCallOptions {
  taskQueue: string;
  startToCloseTimeout: Duration;
  heartbeatTimeout: Duration;
  scheduleToStartTimeout?: Duration;
  /** In milliseconds: the run's own expiry may be sooner. */
  scheduleToCloseTimeout?: number;
  retry: RetryPolicy;
}

interface CallToDo {
  callId: string;
  name: string;
  /** The call in one line, secrets masked. */
  summary: string;
  /** Parsed from the model's JSON. */
  arguments: unknown;
  /** The arguments for people to read: JSON, secrets masked, cut where long. */
  shown: string;
}

/** How long people have, in milliseconds; null: as long as the run lives. */
interface PeopleHave {
  expiresAfterMs: number | null;
}

/** A call that the model asked for, judged by a worker that knows the tools. */
export type RoutedCall =
  | (CallToDo & {
      kind: 'dispatch';
      options: ToolCallOptions;
      /** May be done again for a new run. */
      idempotent: boolean;
      onFailure: 'fail' | 'tell-model';
      /** Somebody must approve it first. */
      approval?: PeopleHave;
    })
  /** Its output comes from outside. */
  | (CallToDo & PeopleHave & { kind: 'external' })
  /** Answered without a tool: no such tool, or arguments that do not fit. The model is told and may try again. */
  | { kind: 'answer'; callId: string; name: string; output: string; reason: 'unknown_tool' | 'invalid_arguments' }
  /** The run is to fail for it. */
  | { kind: 'fail'; callId: string; name: string; message: string };

/** What a tool's activity gets; also the contract with tools in other languages. */
export interface ToolInvocation {
  threadId: string;
  runId: string;
  callId: string;
  /** The same for every attempt at this call, and for no other call. */
  idempotencyKey: string;
  /** Parsed from the model's JSON. */
  arguments: unknown;
}
