import type { ActivityOptions, RetryPolicy } from '@temporalio/common';

/** Activity types of tools begin with this: the model chooses the name behind it, so it must never reach other activities. */
export const TOOL_ACTIVITY_PREFIX = 'tool:';

/** How a tool is called, as data: the workflow knows no tools. */
export interface ToolCallOptions {
  taskQueue: string;
  startToCloseTimeout: NonNullable<ActivityOptions['startToCloseTimeout']>;
  heartbeatTimeout: NonNullable<ActivityOptions['heartbeatTimeout']>;
  retry: RetryPolicy;
}

/** A call that the model asked for, judged by a worker that knows the tools. */
export type JudgedCall =
  | { kind: 'dispatch'; callId: string; name: string; summary: string; arguments: unknown; options: ToolCallOptions }
  /** Answered without a tool: no such tool, or arguments that do not fit. The model is told and may try again. */
  | { kind: 'answer'; callId: string; name: string; output: string; reason: 'unknown_tool' | 'invalid_arguments' };

/** What a tool's activity gets. */
export interface ToolInvocation {
  threadId: string;
  runId: string;
  callId: string;
  /** Parsed from the model's JSON. */
  arguments: unknown;
}
