import { z } from 'zod';
import { CreateMessageRequests } from './message.ts';
import { Metadata } from './metadata.ts';
import { ToolResources } from './tools.ts';

/** The documented limit: a thread contains up to 100,000 messages. */
export const THREAD_MAX_MESSAGES = 100_000;

export const CreateThreadRequest = z.strictObject({
  messages: CreateMessageRequests.nullish(),
  metadata: Metadata.nullish(),
  tool_resources: ToolResources.nullish(),
});
export type CreateThreadRequest = z.infer<typeof CreateThreadRequest>;

export const ModifyThreadRequest = z.strictObject({
  metadata: Metadata.nullish(),
  tool_resources: ToolResources.nullish(),
});
export type ModifyThreadRequest = z.infer<typeof ModifyThreadRequest>;

/** Key order as recorded (BasicThreadOperationsWork). */
export const Thread = z.strictObject({
  id: z.string(),
  object: z.literal('thread'),
  created_at: z.int(),
  metadata: Metadata,
  tool_resources: ToolResources,
});
export type Thread = z.infer<typeof Thread>;
