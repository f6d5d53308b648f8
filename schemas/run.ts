import { z } from 'zod';
import { CreateMessageRequests } from './message.ts';
import { Metadata } from './metadata.ts';
import { text } from './text.ts';
import { CreateThreadRequest } from './thread.ts';
import { AssistantTool, FunctionToolCall, ReasoningEffort, ResponseFormat, ToolChoice, ToolResources } from './tools.ts';
import { Usage } from './usage.ts';

export const RunStatus = z.enum([
  'queued',
  'in_progress',
  'requires_action',
  'cancelling',
  'cancelled',
  'failed',
  'completed',
  'incomplete',
  'expired',
]);
export type RunStatus = z.infer<typeof RunStatus>;

const TruncationStrategy = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), last_messages: z.int().min(1).nullish() }),
  z.strictObject({ type: z.literal('last_messages'), last_messages: z.int().min(1) }),
]);

const overrides = {
  assistant_id: z.string(),
  model: z.string().min(1).nullish(),
  instructions: text(256_000).nullish(),
  /** The same limit as for an assistant. The OpenAPI document says 20 [differences.yaml]. */
  tools: z.array(AssistantTool).max(128).nullish(),
  metadata: Metadata.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  /** From 1: the OpenAPI document says 256, the hosted service accepted 16 [recorded by others; differences.yaml]. */
  max_prompt_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  truncation_strategy: TruncationStrategy.nullish(),
  tool_choice: ToolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: ResponseFormat.nullish(),
  stream: z.boolean().nullish(),
};

export const CreateRunRequest = z.strictObject({
  ...overrides,
  reasoning_effort: ReasoningEffort.nullish(),
  additional_instructions: text(256_000).nullish(),
  additional_messages: CreateMessageRequests.nullish(),
});
export type CreateRunRequest = z.infer<typeof CreateRunRequest>;

export const CreateThreadAndRunRequest = z.strictObject({
  ...overrides,
  thread: CreateThreadRequest.nullish(),
  tool_resources: ToolResources.nullish(),
});
export type CreateThreadAndRunRequest = z.infer<typeof CreateThreadAndRunRequest>;

export const ModifyRunRequest = z.strictObject({ metadata: Metadata.nullish() });
export type ModifyRunRequest = z.infer<typeof ModifyRunRequest>;

/** Maximum number of function calls in a turn, and of outputs in a submission. Our own limit: the hosted API documents none. */
export const TURN_MAX_CALLS = 128;

export const SubmitToolOutputsRequest = z.strictObject({
  tool_outputs: z.array(z.strictObject({ tool_call_id: z.string().max(256), output: z.string().nullish() })).max(TURN_MAX_CALLS),
  stream: z.boolean().nullish(),
});
export type SubmitToolOutputsRequest = z.infer<typeof SubmitToolOutputsRequest>;

export const RunError = z.strictObject({
  code: z.enum(['server_error', 'rate_limit_exceeded', 'invalid_prompt']),
  message: z.string(),
});
export type RunError = z.infer<typeof RunError>;

export const RequiredAction = z.strictObject({
  type: z.literal('submit_tool_outputs'),
  submit_tool_outputs: z.strictObject({ tool_calls: z.array(FunctionToolCall) }),
});
export type RequiredAction = z.infer<typeof RequiredAction>;

/** The hosted API sends `content_filter`, although its OpenAPI document omits it. */
export const IncompleteDetails = z.strictObject({
  reason: z.enum(['max_completion_tokens', 'max_prompt_tokens', 'content_filter']),
});
export type IncompleteDetails = z.infer<typeof IncompleteDetails>;

/** The run as the hosted API sends it, in its key order (recordings: FunctionToolsWork). Times are whole Unix seconds. */
export const Run = z.strictObject({
  id: z.string(),
  object: z.literal('thread.run'),
  created_at: z.int(),
  assistant_id: z.string(),
  thread_id: z.string(),
  status: RunStatus,
  started_at: z.int().nullable(),
  expires_at: z.int().nullable(),
  cancelled_at: z.int().nullable(),
  failed_at: z.int().nullable(),
  completed_at: z.int().nullable(),
  required_action: RequiredAction.nullable(),
  last_error: RunError.nullable(),
  model: z.string(),
  instructions: z.string().nullable(),
  tools: z.array(AssistantTool),
  tool_resources: ToolResources,
  metadata: Metadata,
  temperature: z.number(),
  top_p: z.number(),
  reasoning_effort: ReasoningEffort.nullable(),
  max_completion_tokens: z.int().nullable(),
  max_prompt_tokens: z.int().nullable(),
  truncation_strategy: z.strictObject({ type: z.enum(['auto', 'last_messages']), last_messages: z.int().nullable() }),
  incomplete_details: IncompleteDetails.nullable(),
  usage: Usage.nullable(),
  response_format: ResponseFormat,
  tool_choice: ToolChoice,
  parallel_tool_calls: z.boolean(),
});
export type Run = z.infer<typeof Run>;
