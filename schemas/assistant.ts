import { z } from 'zod';
import { Metadata } from './metadata.ts';
import { text } from './text.ts';
import { AssistantTool, ReasoningEffort, ResponseFormat, ToolResources } from './tools.ts';

const settings = {
  name: text(256).nullish(),
  description: text(512).nullish(),
  instructions: text(256_000).nullish(),
  tools: z.array(AssistantTool).max(128).nullish(),
  tool_resources: ToolResources.nullish(),
  metadata: Metadata.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  reasoning_effort: ReasoningEffort.nullish(),
  response_format: ResponseFormat.nullish(),
};

export const CreateAssistantRequest = z.strictObject({ model: z.string().min(1), ...settings });
export type CreateAssistantRequest = z.infer<typeof CreateAssistantRequest>;

export const ModifyAssistantRequest = z.strictObject({ model: z.string().min(1).optional(), ...settings });
export type ModifyAssistantRequest = z.infer<typeof ModifyAssistantRequest>;

/** The assistant as the hosted API sends it (recordings: BasicAssistantOperationsWork). */
export const Assistant = z.strictObject({
  id: z.string(),
  object: z.literal('assistant'),
  created_at: z.int(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  model: z.string(),
  instructions: z.string().nullable(),
  tools: z.array(AssistantTool),
  top_p: z.number(),
  temperature: z.number(),
  reasoning_effort: ReasoningEffort.nullable(),
  tool_resources: ToolResources,
  metadata: Metadata,
  response_format: ResponseFormat,
});
export type Assistant = z.infer<typeof Assistant>;
