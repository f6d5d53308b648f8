import { z } from 'zod';

/** Function names that Chat Completions endpoints accept; the same rule as the API's `FunctionObject.name`. */
export const FUNCTION_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

export const FunctionTool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().regex(FUNCTION_NAME),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    strict: z.boolean().nullish(),
  }),
});
export type FunctionTool = z.infer<typeof FunctionTool>;

const CodeInterpreterTool = z.strictObject({ type: z.literal('code_interpreter') });

const FileSearchTool = z.strictObject({
  type: z.literal('file_search'),
  file_search: z.looseObject({}).nullish(),
});

export const AssistantTool = z.discriminatedUnion('type', [FunctionTool, CodeInterpreterTool, FileSearchTool]);
export type AssistantTool = z.infer<typeof AssistantTool>;

export const ToolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: z.string() }) }),
  z.strictObject({ type: z.enum(['code_interpreter', 'file_search']) }),
]);
export type ToolChoice = z.infer<typeof ToolChoice>;

export const ResponseFormat = z.union([
  z.literal('auto'),
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name: z.string().regex(FUNCTION_NAME),
      description: z.string().optional(),
      schema: z.record(z.string(), z.unknown()).optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);
export type ResponseFormat = z.infer<typeof ResponseFormat>;

/** Resources of tools. File ids and vector stores are not validated further, because those tools are not built yet. */
export const ToolResources = z.strictObject({
  code_interpreter: z.strictObject({ file_ids: z.array(z.string()).max(20).optional() }).nullish(),
  file_search: z
    .strictObject({
      vector_store_ids: z.array(z.string()).max(1).optional(),
      vector_stores: z.array(z.looseObject({})).max(1).optional(),
    })
    .nullish(),
});
export type ToolResources = z.infer<typeof ToolResources>;

export const ReasoningEffort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);
export type ReasoningEffort = z.infer<typeof ReasoningEffort>;

/** Tools that the server carries out itself. */
export type BuiltInToolType = Exclude<AssistantTool['type'], 'function'>;

/** A function call in `required_action` and in run steps. `arguments` is a JSON string as the model wrote it. */
export const FunctionToolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});
export type FunctionToolCall = z.infer<typeof FunctionToolCall>;
